package chart

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
	"github.com/external-endpoints/operator/test/framework/cluster"
)

// What the policy says when it refuses.
const (
	saysMark       = "may write only what carries its managed-by label"
	saysBefore     = "may change and delete only what was its own before"
	saysController = "may not take an object from its controller"
	saysAddress    = "may not publish an address that is denied"
	saysSelector   = "only Services without a selector"
	saysExternal   = "may give no external IPs"
	saysBalancer   = "may give no load balancer IP"
)

// fence is a release's policy, and the two who try it.
type fence struct {
	admin, operator client.Client
}

// TestAdmissionPolicyRejectsForeignWrites tries, with the token of the operator's account, what somebody would try
// who got hold of it. There are no controllers: they would collect objects whose owners
// do not exist.
func TestAdmissionPolicyRejectsForeignWrites(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	r.Helm(t, "install", releaseName, chartFolder(t),
		"--set", "probing.deniedCIDRs={203.0.113.0/24,2001:db8:1::/48},probing.allowedCIDRs={203.0.113.128/25}")
	config, err := r.API.ConfigFor(t.Context(), systemNamespace, releaseName)
	if err != nil {
		t.Fatal(err)
	}
	f := fence{admin: r.Client, operator: newClient(t, config)}
	eventually(t, "the policy, which the API server hears of a moment later", func(ctx context.Context) error {
		foreign := slice("foreign", "192.0.2.1")
		foreign.Labels = nil
		return refused(f.operator.Create(ctx, foreign, client.DryRunAll), saysMark)
	})
	t.Run("addresses", func(t *testing.T) { f.addresses(t) })
	t.Run("slices", func(t *testing.T) { f.slices(t) })
	t.Run("Endpoints", func(t *testing.T) { f.endpoints(t) })
	t.Run("Services", func(t *testing.T) { f.services(t) })
	t.Run("the largest objects", func(t *testing.T) { f.largest(t) })
}

// addresses: the policy of the operator and that of the API server are written twice,
// in two languages; they must come to the same answers.
func (f fence) addresses(t *testing.T) {
	refusedByPolicy := 0
	try := func(t *testing.T, text string, denied bool) {
		for _, object := range []client.Object{slice("tried", text), endpoints("tried", text)} {
			admin := f.admin.Create(t.Context(), object.DeepCopyObject().(client.Object), client.DryRunAll)
			err := f.operator.Create(t.Context(), object, client.DryRunAll)
			switch {
			case admin != nil: // the API server itself refuses it to everybody
				if err == nil {
					t.Errorf("%T: only the administrator is refused: %v", object, admin)
				}
			case denied:
				if err := refused(err, saysAddress); err != nil {
					t.Errorf("%T: %v", object, err)
				}
				refusedByPolicy++
			case err != nil:
				t.Errorf("%T: %v", object, err)
			}
		}
	}
	for _, vector := range addresstest.Vectors {
		// What has no canonical form cannot be published: probes/addresspolicy judges it all
		// the same, for it may come from elsewhere.
		if addr := netip.MustParseAddr(vector.Address); addr.Is4In6() || addr.Zone() != "" {
			continue
		}
		t.Run(vector.Sentence, func(t *testing.T) { try(t, netip.MustParseAddr(vector.Address).String(), vector.Denied()) })
	}
	for text, denied := range map[string]bool{
		"203.0.113.1": true, "203.0.113.127": true, "203.0.113.128": false, "203.0.114.1": false,
		"2001:db8:1::1": true, "2001:db8:2::1": false,
	} {
		t.Run("flags: "+text, func(t *testing.T) { try(t, text, denied) })
	}
	if refusedByPolicy < 20 {
		t.Errorf("only %d addresses reached the policy and were refused by it", refusedByPolicy)
	}
}

func (f fence) slices(t *testing.T) {
	ours, theirs := slice("ours", "192.0.2.1"), slice("theirs", "192.0.2.1")
	theirs.Labels[discoveryv1.LabelManagedBy], theirs.OwnerReferences = "somebody.example", nil
	f.stored(t, ours, theirs)

	for name, change := range map[string]func(*discoveryv1.EndpointSlice){
		"another address": func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Addresses[0] = "192.0.2.2" },
		"letting go":      func(s *discoveryv1.EndpointSlice) { s.Labels, s.OwnerReferences = nil, nil },
	} {
		if err := f.update(t, ours, change); err != nil {
			t.Errorf("ours, %s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		object *discoveryv1.EndpointSlice
		change func(*discoveryv1.EndpointSlice)
		says   string
	}{
		"an address of theirs": {theirs, func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Addresses[0] = "192.0.2.2" }, "may"},
		"their label": {theirs, func(s *discoveryv1.EndpointSlice) {
			s.Labels, s.OwnerReferences = ours.Labels, ours.OwnerReferences
		}, saysBefore},
		"our label, and other addresses": {ours, func(s *discoveryv1.EndpointSlice) {
			s.Labels[discoveryv1.LabelManagedBy] = "somebody.example"
			s.Endpoints[0].Addresses[0] = "192.0.2.2"
		}, saysMark},
		"our owner, and other addresses": {ours, func(s *discoveryv1.EndpointSlice) {
			s.OwnerReferences = nil
			s.Endpoints[0].Addresses[0] = "192.0.2.2"
		}, saysMark},
		"another owner": {ours, func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].UID = "2" }, saysController},
	} {
		if err := refused(f.update(t, c.object, c.change), c.says); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*discoveryv1.EndpointSlice){
		"without a label":              func(s *discoveryv1.EndpointSlice) { s.Labels = nil },
		"with somebody else's":         func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelManagedBy] = "somebody.example" },
		"without an owner":             func(s *discoveryv1.EndpointSlice) { s.OwnerReferences = nil },
		"with an owner of its kind":    func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].Kind = "Service" },
		"of an API group like ours":    func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].APIVersion = "not-external-endpoints.io/v1" },
		"with an owner but in control": func(s *discoveryv1.EndpointSlice) { s.OwnerReferences[0].Controller = nil },
	} {
		made := slice("made", "192.0.2.1")
		change(made)
		if err := refused(f.operator.Create(t.Context(), made, client.DryRunAll), saysMark); err != nil {
			t.Errorf("a slice %s: %v", name, err)
		}
	}
	if err := refused(f.operator.Delete(t.Context(), theirs, client.DryRunAll), saysBefore); err != nil {
		t.Errorf("deleting theirs: %v", err)
	}
	if err := f.operator.Delete(t.Context(), ours, client.DryRunAll); err != nil {
		t.Errorf("deleting ours: %v", err)
	}
	if err := f.admin.Delete(t.Context(), theirs, client.DryRunAll); err != nil {
		t.Errorf("the fence is around others too: %v", err)
	}
	// Somebody took one mark off; it is put on again.
	relabelled := slice("relabelled", "192.0.2.1")
	relabelled.Labels[discoveryv1.LabelManagedBy] = "somebody.example"
	f.stored(t, relabelled)
	if err := f.update(t, relabelled, func(s *discoveryv1.EndpointSlice) { s.Labels = ours.Labels }); err != nil {
		t.Errorf("marking again what was ours: %v", err)
	}
}

func (f fence) endpoints(t *testing.T) {
	byHand, controlled, ours := endpoints("by-hand", "192.0.2.1"), endpoints("controlled", "192.0.2.1"), endpoints("ours", "192.0.2.1")
	byHand.Labels, byHand.OwnerReferences = nil, nil
	controlled.Labels = nil
	controlled.OwnerReferences[0].APIVersion, controlled.OwnerReferences[0].Kind = "apps/v1", "Deployment"
	f.stored(t, byHand, controlled, ours)
	mark := func(e *corev1.Endpoints) { e.Labels, e.OwnerReferences = ours.Labels, ours.OwnerReferences }

	if err := updateOf(f, t, byHand, mark); err != nil {
		t.Errorf("taking over what was written by hand: %v", err)
	}
	if err := updateOf(f, t, ours, func(e *corev1.Endpoints) { e.OwnerReferences = nil }); err != nil {
		t.Errorf("letting go: %v", err)
	}
	for name, err := range map[string]error{
		"taking what somebody controls": updateOf(f, t, controlled, mark),
		"a label of what is not ours": updateOf(f, t, byHand, func(e *corev1.Endpoints) {
			e.Labels = map[string]string{discoveryv1.LabelSkipMirror: "true"}
		}),
		"an owner without the mark": updateOf(f, t, byHand, func(e *corev1.Endpoints) {
			e.OwnerReferences = ours.OwnerReferences
		}),
		"changing it in place":      updateOf(f, t, byHand, func(e *corev1.Endpoints) { e.Subsets[0].Addresses[0].IP = "192.0.2.2" }),
		"deleting what is not ours": f.operator.Delete(t.Context(), byHand, client.DryRunAll),
	} {
		if err := refused(err, "the operator may"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// largest: evaluating the policy has a budget, which the largest objects must not exceed.
func (f fence) largest(t *testing.T) {
	for _, first := range []string{"10.0.0.1", "2001:db8::1"} {
		var texts []string
		for addr := netip.MustParseAddr(first); len(texts) < 1000; addr = addr.Next() {
			texts = append(texts, addr.String())
		}
		for _, object := range []client.Object{slice("large", texts...), endpoints("large", texts...)} {
			if err := f.operator.Create(t.Context(), object, client.DryRunAll); err != nil {
				t.Errorf("%T of 1000 addresses from %s: %v", object, first, err)
			}
		}
	}
}

// stored creates objects as somebody who may do everything.
func (f fence) stored(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := f.admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func (f fence) update(t *testing.T, stored *discoveryv1.EndpointSlice, change func(*discoveryv1.EndpointSlice)) error {
	return updateOf(f, t, stored, change)
}

// updateOf has the operator's account try a change of a stored object.
func updateOf[T client.Object](f fence, t *testing.T, stored T, change func(T)) error {
	t.Helper()
	changed := stored.DeepCopyObject().(T)
	change(changed)
	return f.operator.Update(t.Context(), changed, client.DryRunAll)
}

// refused returns nil for a refusal by the policy that says this.
func refused(err error, says string) error {
	if err == nil {
		return fmt.Errorf("it is allowed")
	}
	if !strings.Contains(err.Error(), "ValidatingAdmissionPolicy") || !strings.Contains(err.Error(), says) {
		return fmt.Errorf("it is refused with other words than %q: %w", says, err)
	}
	return nil
}

// slice is one as the operator writes it.
func slice(name string, texts ...string) *discoveryv1.EndpointSlice {
	made := &discoveryv1.EndpointSlice{ObjectMeta: marked(name, discoveryv1.LabelManagedBy), AddressType: discoveryv1.AddressTypeIPv4}
	for _, text := range texts {
		made.Endpoints = append(made.Endpoints, discoveryv1.Endpoint{Addresses: []string{text}})
		if strings.Contains(text, ":") {
			made.AddressType = discoveryv1.AddressTypeIPv6
		}
	}
	return made
}

// endpoints are v1 Endpoints as the operator writes them, every other address not ready.
func endpoints(name string, texts ...string) *corev1.Endpoints {
	subset := corev1.EndpointSubset{Ports: []corev1.EndpointPort{{Port: 80}}}
	for i, text := range texts {
		if i%2 == 0 {
			subset.Addresses = append(subset.Addresses, corev1.EndpointAddress{IP: text})
		} else {
			subset.NotReadyAddresses = append(subset.NotReadyAddresses, corev1.EndpointAddress{IP: text})
		}
	}
	return &corev1.Endpoints{ObjectMeta: marked(name, "endpoints.kubernetes.io/managed-by"), Subsets: []corev1.EndpointSubset{subset}}
}

func marked(name, label string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: shop, Name: name,
		Labels: map[string]string{label: v1alpha1.ManagedBy},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Name: "orders", UID: types.UID("1"), Controller: new(true),
		}},
	}
}
