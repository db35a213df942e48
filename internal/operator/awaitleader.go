package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

const (
	// awaitLeaderFor is long enough for a lease that was left behind to run out, and for
	// a copy that starts to fill its caches.
	awaitLeaderFor = 30 * time.Second
	// awaitLeaderPause is how often the lease is looked at.
	awaitLeaderPause = 500 * time.Millisecond
)

// AwaitLeader returns nil as soon as some copy of the operator is seen to renew the
// lease, and says to out which: it runs, has got through to the API server, may do there
// what it must, and acts. A lease that merely lies there proves nothing, and no clock
// is compared with that of another machine.
func AwaitLeader(ctx context.Context, o Options, out io.Writer) error {
	config, err := restConfig(o)
	if err != nil {
		return err
	}
	namespace, err := leaseNamespace(o)
	if err != nil {
		return err
	}
	client, err := coordinationclient.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("set up a client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, awaitLeaderFor)
	defer cancel()
	read := func(ctx context.Context) (*coordinationv1.Lease, error) {
		return client.Leases(namespace).Get(ctx, v1alpha1.ManagedBy, metav1.GetOptions{})
	}
	leader, err := renewed(ctx, read)
	if err != nil {
		return fmt.Errorf("no copy of the operator leads: lease %s/%s: %w", namespace, v1alpha1.ManagedBy, err)
	}
	fmt.Fprintf(out, "%s leads\n", leader)
	return nil
}

// renewed polls a lease until it has been renewed since the first read, and returns the holder.
func renewed(ctx context.Context, read func(context.Context) (*coordinationv1.Lease, error)) (holder string, err error) {
	var first *metav1.MicroTime
	last := errors.New("never read")
	for {
		lease, err := read(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			last = err // there may be one yet
		case err != nil: // what was known before says more than that time is up
		case lease.Spec.RenewTime == nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "":
			last = errors.New("nobody holds it")
		case first == nil:
			first, last = lease.Spec.RenewTime, errors.New("nobody renews it")
		case !first.Equal(lease.Spec.RenewTime):
			return *lease.Spec.HolderIdentity, nil
		}
		select {
		case <-ctx.Done():
			return "", last
		case <-time.After(awaitLeaderPause):
		}
	}
}
