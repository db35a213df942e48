package consistency

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

var (
	service      = types.NamespacedName{Namespace: "shop", Name: "orders-db"}
	serviceScope = scope{kind: "services", namespace: "shop", name: "orders-db"}
)

// aService is the Service at some version.
func aService(version string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{
		Namespace: service.Namespace, Name: service.Name, UID: "service-1", ResourceVersion: version,
	}}
}

// aSlice is a slice of the Service at some version.
func aSlice(name, version string) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: service.Namespace, Name: name, UID: types.UID(name), ResourceVersion: version,
			Labels: map[string]string{discoveryv1.LabelServiceName: service.Name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
}

// controlled makes a slice one that was made for the Service by our kind.
func controlled(slice *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	yes := true
	slice.OwnerReferences = []metav1.OwnerReference{{Kind: v1alpha1.Kind, Name: "orders", UID: "xsvc-1", Controller: &yes}}
	return slice
}

// server is a fake API server, or a cache of it, that counts its reads.
type server struct {
	client.WithWatch
	reads int
}

func serverWith(t *testing.T, objects ...client.Object) *server {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, discoveryv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{}
	s.WithWatch = fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithStatusSubresource(&v1alpha1.ExternalService{}).
		WithIndex(&discoveryv1.EndpointSlice{}, SliceServiceIndex, SliceService).
		WithInterceptorFuncs(interceptor.Funcs{
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
				s.reads++
				return c.Get(ctx, key, o, opts...)
			},
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
				s.reads++
				return c.List(ctx, list, opts...)
			},
		}).Build()
	return s
}

// failingReader answers every read with an error.
type failingReader struct{ err error }

func (f failingReader) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return f.err
}

func (f failingReader) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return f.err
}
