package operator

import (
	"errors"
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// podUIDVariable is the environment variable that has the UID of the operator's
// Pod, by the downward API.
const podUIDVariable = "POD_UID"

// namespaceFile is where every Pod finds its namespace.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// podLock is the lease of a copy that runs in a Pod: it stands for election as that
// Pod, and not under a name of its own for each start. nil: there is no Pod.
//
// A leader that could not renew its lease ends, and so does one that crashes. The
// kubelet starts the container again, and who holds the lease under the name of
// the Pod leads at once. Under another name it would first wait for as long as the
// lease lasts, which it counts from its own first look: six seconds after an API
// server has come back in which nobody acts.
//
// Two processes never share the name: a kubelet starts a container again only after
// the one before has ended, and no two Pods ever have the same UID. What the one
// before had sent and the API server has not yet seen carries a resourceVersion, as
// every write does.
func podLock(o Options, config *rest.Config, podUID string) (resourcelock.Interface, error) {
	if podUID == "" {
		return nil, nil
	}
	namespace, err := leaseNamespace(o)
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, errors.Join(errors.New("name this copy"), err)
	}
	return resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, namespace, v1alpha1.ManagedBy,
		resourcelock.ResourceLockConfig{Identity: host + "_" + podUID}, config, renewDeadline)
}

// leaseNamespace is where the lease is.
func leaseNamespace(o Options) (string, error) {
	if o.LeaderElectionNamespace != "" {
		return o.LeaderElectionNamespace, nil
	}
	own, err := os.ReadFile(namespaceFile)
	if err != nil {
		return "", fmt.Errorf("find the namespace of the lease (--leader-election-namespace, or a Pod's own): %w", err)
	}
	return string(own), nil
}
