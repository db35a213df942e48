package api_test

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/cluster"
)

// server is a real API server that has the CRD.
type server struct {
	// client has unknown fields refused, as kubectl does.
	client client.Client
	config *rest.Config
	// kubectl runs kubectl as an administrator and returns what it prints.
	kubectl func(arguments ...string) (string, error)
}

// TestAPIServerValidation is one test because its parts share an API server, which takes
// longer to start than they take.
func TestAPIServerValidation(t *testing.T) {
	api := start(t)

	t.Run("refuses addresses", func(t *testing.T) { refuseAddresses(t, api) })
	t.Run("refuses names", func(t *testing.T) { refuseNames(t, api) })
	t.Run("refuses SRV names that ports do not fit", func(t *testing.T) { refuseSRV(t, api) })
	t.Run("agrees with the address policy", func(t *testing.T) { agreeWithPolicy(t, api) })
	t.Run("refuses hosts", func(t *testing.T) { refuseHosts(t, api) })
	t.Run("refuses ports", func(t *testing.T) { refusePorts(t, api) })
	t.Run("refuses checks of another protocol", func(t *testing.T) { refuseMismatchedProtocols(t, api) })
	t.Run("refuses Services", func(t *testing.T) { refuseServices(t, api) })
	t.Run("refuses defaulted Service names", func(t *testing.T) { refuseDefaultedServiceNames(t, api) })
	t.Run("refuses health checks", func(t *testing.T) { refuseHealthChecks(t, api) })
	t.Run("refuses http checks", func(t *testing.T) { refuseHTTP(t, api) })
	t.Run("refuses patterns", func(t *testing.T) { refusePatterns(t, api) })
	t.Run("refuses http headers", func(t *testing.T) { refuseHTTPHeaders(t, api) })
	t.Run("refuses TLS settings", func(t *testing.T) { refuseTLS(t, api) })
	t.Run("refuses references", func(t *testing.T) { refuseReferences(t, api) })
	t.Run("sends Secrets only where they are safe", func(t *testing.T) { refuseLooseSecrets(t, api) })
	t.Run("refuses failure policies, modes and priorities", func(t *testing.T) { refuseFailurePolicies(t, api) })
	t.Run("refuses resolutions", func(t *testing.T) { refuseResolutions(t, api) })
	t.Run("refuses payloads", func(t *testing.T) { refusePayloads(t, api) })
	t.Run("refuses unknown fields", func(t *testing.T) { refuseUnknownFields(t, api) })
	t.Run("refuses changes", func(t *testing.T) { refuseChanges(t, api) })
	t.Run("accepts changes", func(t *testing.T) { acceptChanges(t, api) })
	t.Run("refuses names that are added later", func(t *testing.T) { refuseLaterNames(t, api) })

	t.Run("accepts what the contract promises", func(t *testing.T) { accept(t, api) })
	t.Run("accepts names", func(t *testing.T) { acceptNames(t, api) })
	t.Run("bounds what patterns cost", func(t *testing.T) { boundPatterns(t, api) })
	t.Run("accepts policies", func(t *testing.T) { acceptPolicies(t, api) })
	t.Run("accepts references", func(t *testing.T) { acceptReferences(t, api) })
	t.Run("accepts the largest object", func(t *testing.T) { acceptTheLargest(t, api) })
	t.Run("accepts the largest names", func(t *testing.T) { acceptTheLargestNames(t, api) })
	t.Run("accepts the samples", func(t *testing.T) { acceptSamples(t, api) })

	t.Run("defaults the smallest object", func(t *testing.T) { defaultSmallest(t, api) })
	t.Run("defaults the smallest checks", func(t *testing.T) { defaultChecks(t, api) })
	t.Run("defaults what a Go client leaves out", func(t *testing.T) { defaultTyped(t, api) })

	t.Run("prints columns", func(t *testing.T) { printColumns(t, api) })
	t.Run("bounds the status", func(t *testing.T) { boundStatus(t, api) })
	t.Run("is discovered", func(t *testing.T) { discover(t, api) })
	t.Run("is selected by Service name", func(t *testing.T) { selectByServiceName(t, api) })
	t.Run("is explained", func(t *testing.T) { explain(t, api) })
}

// start starts an API server that ends with the test, and creates the CRD in it.
func start(t *testing.T) *server {
	t.Helper()

	apiServer := cluster.StartAPIServer(t)

	config := rest.CopyConfig(apiServer.Admin())
	config.QPS = -1 // hundreds of small requests, one after the other

	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}

	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}

	api := &server{
		client:  client.WithFieldValidation(direct, metav1.FieldValidationStrict),
		config:  config,
		kubectl: apiServer.Kubectl,
	}
	api.install(t)

	return api
}

// dryCreate has the API server judge and default an object, and store nothing.
func (s *server) dryCreate(ctx context.Context, object client.Object) error {
	return s.client.Create(ctx, object, client.DryRunAll)
}

// dryUpdate has the API server judge a change of an object.
func (s *server) dryUpdate(ctx context.Context, object client.Object) error {
	return s.client.Update(ctx, object, client.DryRunAll)
}

// create stores an object until the end of the test.
func (s *server) create(t *testing.T, object client.Object) {
	t.Helper()

	if err := s.client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := s.client.Delete(context.WithoutCancel(t.Context()), object); err != nil {
			t.Error(err)
		}
	})
}
