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

// podLock is the lease of a replica in a Pod: its identity is the Pod, and not a new one for each
// start. nil: there is no Pod.
//
// A leader that could not renew its lease exits, as does one that crashes. The kubelet restarts the
// container, and the holder with the Pod's identity leads at once. With another identity it would
// first wait for the lease duration, counted from its own first read: six seconds without a leader
// after the API server has come back.
//
// Two processes never share the identity: a kubelet restarts a container only after the previous
// one has ended, and no two Pods have the same UID. A write of the previous process that is still
// in flight carries a resourceVersion, as every write does.
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
