package externalservice

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// controlledBy is metadata of an object that somebody's controller looks after.
func controlledBy(kind, name string, uid types.UID) metav1.ObjectMeta {
	yes := true
	return metav1.ObjectMeta{Namespace: orders.Namespace, Name: orders.Name,
		OwnerReferences: []metav1.OwnerReference{{Kind: kind, Name: name, UID: uid, Controller: &yes}}}
}

func foreignSlice(name string) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: name}, Endpoints: []discoveryv1.Endpoint{{}}}
}

func TestWhyASpecIsNotAccepted(t *testing.T) {
	tests := []struct {
		name    string
		object  *v1alpha1.ExternalService
		facts   func(*facts.Facts)
		reason  string
		stance  desired.Action
		waiting bool // waiting may cure it
		message []string
	}{
		{name: "another claims the Service", object: object(), facts: func(f *facts.Facts) {
			f.Rival = &v1alpha1.ExternalService{ObjectMeta: metav1.ObjectMeta{Name: "orders"}}
		},
			reason: v1alpha1.ReasonClaimed, stance: desired.Withdraw, message: []string{"Service orders-db", "older ExternalService orders"}},
		{name: "the Existing Service is missing", object: object(existing), facts: func(f *facts.Facts) { f.Service = nil },
			reason: v1alpha1.ReasonServiceNotFound, stance: desired.Withdraw, waiting: true, message: []string{"Service orders-db", "must be created by its owner"}},
		{name: "the Service was there before", object: object(), facts: func(f *facts.Facts) { f.Service = somebodysService() },
			reason: v1alpha1.ReasonServiceConflict, stance: desired.Withdraw, message: []string{"Service orders-db", "delete it, choose another service.name, or set service.management: Existing"}},
		{name: "the Service is another controller's, label or not", object: object(), facts: func(f *facts.Facts) {
			f.Service.ObjectMeta = controlledBy("Gateway", "edge", "g")
			f.Service.Labels = map[string]string{desired.ManagedByLabel: v1alpha1.ManagedBy}
		}, reason: v1alpha1.ReasonServiceConflict, stance: desired.Withdraw, message: []string{"Service orders-db"}},
		{name: "the Service is an alias", object: object(existing), facts: func(f *facts.Facts) { f.Service.Spec.Type = corev1.ServiceTypeExternalName },
			reason: v1alpha1.ReasonServiceTypeUnsupported, stance: desired.Withdraw, message: []string{"Service orders-db", "ExternalName"}},
		{name: "an Existing Service selects Pods", object: object(existing), facts: selectPods,
			reason: v1alpha1.ReasonServiceHasSelector, stance: desired.Withdraw, message: []string{"Service orders-db", "must have none"}},
		{name: "a managed Service selects Pods", object: object(), facts: selectPods,
			reason: v1alpha1.ReasonServiceHasSelector, stance: desired.Withdraw, message: []string{"Service orders-db", "must have none"}},
		{name: "the Service lacks ports", object: object(existing, withPorts(pgPort, webPort)), facts: func(f *facts.Facts) {
			f.Service.Spec.Ports = f.Service.Spec.Ports[:1]
		}, reason: v1alpha1.ReasonPortMismatch, stance: desired.Maintain, message: []string{"Service orders-db", "web 8080/TCP", "spec.ports must have"}},
		{name: "the Service has the port with another number", object: object(existing), facts: func(f *facts.Facts) { f.Service.Spec.Ports[0].Port = 5433 },
			reason: v1alpha1.ReasonPortMismatch, stance: desired.Maintain, message: []string{"pg 5432/TCP"}},
		{name: "the Service has the port with another protocol", object: object(existing), facts: func(f *facts.Facts) { f.Service.Spec.Ports[0].Protocol = corev1.ProtocolUDP },
			reason: v1alpha1.ReasonPortMismatch, stance: desired.Maintain, message: []string{"pg 5432/TCP"}},
		{name: "others' slices hold endpoints", object: object(), facts: func(f *facts.Facts) {
			f.Foreign = []*discoveryv1.EndpointSlice{foreignSlice("orders-db-x"), foreignSlice("orders-db-a")}
		}, reason: v1alpha1.ReasonServiceConflict, stance: desired.Maintain, message: []string{"Service orders-db", "orders-db-a, orders-db-x", "delete those"}},
		{name: "a controller writes the Endpoints", object: object(), facts: func(f *facts.Facts) {
			f.Endpoints = &corev1.Endpoints{ObjectMeta: controlledBy("Pod", "patroni", "p")}
		}, reason: v1alpha1.ReasonServiceConflict, stance: desired.Maintain, message: []string{"Endpoints orders-db", "Pod patroni", "publish.endpoints: false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := factsOf(tt.object)
			tt.facts(&f)
			a := desired.Accept(f)
			if a.Reason != tt.reason || a.Action != tt.stance || a.Stalled == tt.waiting || a.Accepted() {
				t.Errorf("got %+v", a)
			}
			for _, part := range tt.message {
				if !strings.Contains(a.Message, part) {
					t.Errorf("%q does not say %q", a.Message, part)
				}
			}
		})
	}
}

func selectPods(f *facts.Facts) { f.Service.Spec.Selector = map[string]string{"app": "db"} }

func TestTheGravestObjectionIsTold(t *testing.T) {
	f := factsOf(object(existing))
	f.Service.Spec.Ports = nil
	f.Foreign = []*discoveryv1.EndpointSlice{foreignSlice("left-over")}
	f.Endpoints = &corev1.Endpoints{ObjectMeta: controlledBy("Pod", "patroni", "p")}
	// Each step takes the gravest away.
	steps := []struct {
		want string
		cure func()
	}{
		{v1alpha1.ReasonClaimed, func() { f.Rival = nil }},
		{v1alpha1.ReasonServiceTypeUnsupported, func() { f.Service.Spec.Type = corev1.ServiceTypeClusterIP }},
		{v1alpha1.ReasonServiceHasSelector, func() { f.Service.Spec.Selector = nil }},
		{v1alpha1.ReasonPortMismatch, func() { f.Service.Spec.Ports = []corev1.ServicePort{{Name: "pg", Port: 5432}} }},
		{v1alpha1.ReasonServiceConflict, func() { f.Foreign = nil }},
		{v1alpha1.ReasonServiceConflict, func() { f.Endpoints = nil }},
		{v1alpha1.ReasonAccepted, func() {}},
	}
	f.Rival = object()
	f.Service.Spec.Type = corev1.ServiceTypeExternalName
	selectPods(&f)
	for _, step := range steps {
		if got := desired.Accept(f).Reason; got != step.want {
			t.Errorf("got %s, want %s", got, step.want)
		}
		step.cure()
	}
}

func TestWhatIsNoObjection(t *testing.T) {
	tests := []struct {
		name   string
		object *v1alpha1.ExternalService
		facts  func(*facts.Facts)
	}{
		{"a managed Service that is not there yet", object(), func(f *facts.Facts) { f.Service = nil }},
		{"a managed Service that was orphaned", object(), func(f *facts.Facts) { f.Service.OwnerReferences = nil }},
		{"a managed Service with other ports, which are about to be changed", object(), func(f *facts.Facts) { f.Service.Spec.Ports = nil }},
		{"a Service whose only port has no name", object(existing), func(f *facts.Facts) { f.Service.Spec.Ports[0].Name = "" }},
		{"a Service with more ports than the spec", object(existing), func(f *facts.Facts) {
			f.Service.Spec.Ports = append(f.Service.Spec.Ports, corev1.ServicePort{Name: "more", Port: 1})
		}},
		{"a port without a protocol, which is TCP", object(existing), func(f *facts.Facts) { f.Service.Spec.Ports[0].Protocol = "" }},
		{"Endpoints that nobody controls", object(), func(f *facts.Facts) { f.Endpoints = &corev1.Endpoints{} }},
		{"Endpoints that are ours", object(), func(f *facts.Facts) {
			f.Endpoints = &corev1.Endpoints{ObjectMeta: controlledBy(v1alpha1.Kind, "orders-db", "xsvc-1")}
		}},
		{"a controller's Endpoints where none are wanted", object(), func(f *facts.Facts) {
			f.WriteEndpoints = false
			f.Endpoints = &corev1.Endpoints{ObjectMeta: controlledBy("Pod", "patroni", "p")}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := factsOf(tt.object)
			tt.facts(&f)
			if a := desired.Accept(f); !a.Accepted() || a.Action != desired.Publish || !strings.Contains(a.Message, "orders-db") {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestALongListOfForeignSlicesIsCutShort(t *testing.T) {
	f := factsOf(object())
	for range 500 {
		f.Foreign = append(f.Foreign, foreignSlice(strings.Repeat("x", 253)))
	}
	// An event takes 1024 bytes, and a condition 32 KiB.
	if message := desired.Accept(f).Message; len(message) > 1024 || !strings.Contains(message, "and 497 more") {
		t.Errorf("got %d bytes: %.80s ...", len(message), message)
	}
}

func TestTheServicesPortNamesAreUsed(t *testing.T) {
	unnamed := func(number int32) *corev1.Service { return somebodysService(corev1.ServicePort{Port: number}) }
	tests := []struct {
		name    string
		object  *v1alpha1.ExternalService
		service *corev1.Service
		want    string
		renamed bool
	}{
		{"an unnamed port", object(existing), unnamed(5432), "", true},
		{"an unnamed port whose number was changed keeps its hosts", object(existing), unnamed(5433), "", true},
		{"a named port has the spec's name", object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), "", false},
		{"a managed Service has the spec's names", object(), unnamed(5432), "", false},
		{"no Service", object(existing), nil, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, renamed := desired.PortNamesOf(tt.object, tt.service)["pg"]
			if got != tt.want || renamed != tt.renamed {
				t.Errorf("got %q, %t; want %q, %t", got, renamed, tt.want, tt.renamed)
			}
		})
	}
}

func TestTheOlderClaimCounts(t *testing.T) {
	named := func(name string, age time.Duration) *v1alpha1.ExternalService {
		return &v1alpha1.ExternalService{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(tenOClock.Add(-age))}}
	}
	if !createdBefore(named("b", time.Hour), named("a", 0)) || createdBefore(named("a", 0), named("b", time.Hour)) {
		t.Error("the younger one is older")
	}
	if !createdBefore(named("a", 0), named("b", 0)) || createdBefore(named("b", 0), named("a", 0)) {
		t.Error("of one age the first by name is older")
	}
}
