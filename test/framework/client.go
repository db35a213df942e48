package framework

import (
	"errors"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// NewClient is a client that knows Kubernetes' own types and ours. It is not rate limited:
// a test that creates hundreds of objects would wait for its own client otherwise.
func NewClient(config *rest.Config) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.WarningHandler = rest.NoWarnings{} // the deprecation of v1 Endpoints, which are read on purpose
	config.QPS = -1
	return client.NewWithWatch(config, client.Options{Scheme: scheme})
}
