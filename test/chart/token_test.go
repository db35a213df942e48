package chart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
)

// thief is somebody who holds the token of the operator's account.
type thief struct {
	client.Client

	clients kubernetes.Interface
	config  *rest.Config
	// theirs are objects of others, as they are stored.
	service   *corev1.Service
	slice     *discoveryv1.EndpointSlice
	endpoints *corev1.Endpoints
	ours      *discoveryv1.EndpointSlice
	external  *v1alpha1.ExternalService
}

// defence is what stands in the thief's way.
type defence string

const (
	roles  defence = "its roles"
	policy defence = "the policy"
	server defence = "the API server, of everybody"
	nobody defence = "nobody"
)

// attempt is a row of the table in docs/user/security.md, and the ways to try it.
type attempt struct {
	what string
	by   defence
	ways map[string]func(context.Context, thief) error
}

// TestStolenTokenCannotTouchForeignObjects tries what somebody would who got hold of the token, and holds
// docs/user/security.md to what comes of it: what is refused, by whom, and what is not.
// There are no controllers, which would put right some of it.
func TestStolenTokenCannotTouchForeignObjects(t *testing.T) {
	api := cluster.StartAPIServer(t)
	r := newReleaseOn(t, api)
	// The address of the API server's own Service, and the range that it is from.
	r.Helm(t, "install", releaseName, chartFolder(t), "--set", "probing.deniedCIDRs={"+serviceRange(t, r)+"}")
	th := r.robbed(t)
	eventually(t, "the policy, which the API server hears of a moment later", func(ctx context.Context) error {
		foreign := slice("foreign", "192.0.2.1")
		foreign.Labels = nil
		return refused(th.Create(ctx, foreign, client.DryRunAll), saysMark)
	})
	var rows []string
	for _, a := range attempts() {
		rows = append(rows, fmt.Sprintf("| %s | %s |", a.what, a.by))
		for name, try := range a.ways {
			t.Run(a.what+"/"+name, func(t *testing.T) {
				if got, err := whoRefused(try(t.Context(), th)); got != a.by {
					t.Errorf("refused by %s, want %s: %v", got, a.by, err)
				}
			})
		}
	}
	if diff := cmp.Diff(documented(t), rows); diff != "" {
		t.Errorf("the table in docs/user/security.md (-document +tried):\n%s", diff)
	}
}

// whoRefused tells whose refusal an error is.
func whoRefused(err error) (defence, error) {
	switch {
	case err == nil:
		return nobody, nil
	case strings.Contains(err.Error(), "ValidatingAdmissionPolicy"):
		return policy, err
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "cannot "):
		return roles, err
	case apierrors.IsInvalid(err):
		return server, err
	default:
		return "something else", err
	}
}

// documented are the rows of the table in docs/user/security.md.
func documented(t *testing.T) []string {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "user", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| what is tried with it | refused by |\n|---|---|\n")
	if !found {
		t.Fatal("docs/user/security.md has no table of what is tried")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	return slices.Collect(strings.SplitSeq(table, "\n"))
}

// serviceRange is the cluster's range of Service addresses.
func serviceRange(t *testing.T, r *Release) string {
	t.Helper()
	clients, err := kubernetes.NewForConfig(r.API.Admin())
	if err != nil {
		t.Fatal(err)
	}
	var ranges string
	eventually(t, "the API server's own ServiceCIDR", func(ctx context.Context) error {
		found, err := clients.NetworkingV1().ServiceCIDRs().Get(ctx, "kubernetes", metav1.GetOptions{})
		if err == nil {
			ranges = strings.Join(found.Spec.CIDRs, ",")
		}
		return err
	})
	return ranges
}

// robbed is the thief, and what there is to be had.
func (r *Release) robbed(t *testing.T) thief {
	t.Helper()
	config, err := r.API.ConfigFor(t.Context(), systemNamespace, releaseName)
	if err != nil {
		t.Fatal(err)
	}
	th := thief{Client: newClient(t, config), config: config}
	if th.clients, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	th.service = &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "theirs"},
		Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "theirs"}, Ports: []corev1.ServicePort{{Port: 80}}},
	}
	th.slice = slice("theirs", "192.0.2.1")
	th.slice.OwnerReferences, th.slice.Labels = nil, map[string]string{
		discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io", discoveryv1.LabelServiceName: "theirs",
	}
	th.endpoints = endpoints("theirs", "192.0.2.1")
	th.endpoints.OwnerReferences, th.endpoints.Labels = nil, map[string]string{"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
	th.ours = slice("ours", "192.0.2.1")
	th.external = external("theirs")
	r.awaitKind(t)
	for _, object := range []client.Object{th.service, th.slice, th.endpoints, th.ours, th.external} {
		if err := r.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	return th
}

// changed has the thief change an object, without its being stored.
func changed[T client.Object](stored func(thief) T, change func(T)) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		object := stored(th).DeepCopyObject().(T)
		change(object)
		return th.Update(ctx, object, client.DryRunAll)
	}
}

// made has the thief make an object, without its being stored.
func made(object client.Object) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		return th.Create(ctx, object.DeepCopyObject().(client.Object), client.DryRunAll)
	}
}

// deleted has the thief delete an object, without its going.
func deleted[T client.Object](stored func(thief) T) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error { return th.Delete(ctx, stored(th), client.DryRunAll) }
}

// read has the thief read all objects of a kind, in all namespaces.
func read(list client.ObjectList) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		return th.List(ctx, list.DeepCopyObject().(client.ObjectList))
	}
}

// impersonating has the thief say that it is somebody else.
func impersonating(as rest.ImpersonationConfig) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		config := rest.CopyConfig(th.config)
		config.Impersonate = as
		other, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		_, err = other.CoreV1().Secrets("").List(ctx, metav1.ListOptions{})
		return err
	}
}

// tokenOf has the thief ask for a token of another account.
func tokenOf(namespace, name string) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		_, err := th.clients.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
		return err
	}
}

// asked has the thief send a request by its path.
func asked(verb, path string) func(context.Context, thief) error {
	return func(ctx context.Context, th thief) error {
		return th.clients.CoreV1().RESTClient().Verb(verb).AbsPath(path).Do(ctx).Error()
	}
}
