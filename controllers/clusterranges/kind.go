package clusterranges

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	// refusalsBelieved is how often in a row the API server must refuse to show a
	// kind before that is believed: one that is just starting forbids everything
	// until it has read its roles. The second try comes within two seconds.
	refusalsBelieved = 2
	// troubleLogInterval is how often waiting for the API server is logged.
	troubleLogInterval = 30 * time.Second
)

// kind is one kind of object that holds ranges.
type kind struct {
	resource string
	informer cache.SharedIndexInformer
	logger   logr.Logger

	// answered is closed when the kind was read, or is known not to be readable.
	answered chan struct{}
	answer   sync.Once

	// These belong to the informer's error handler.
	refusals int
	troubled time.Time
	said     bool

	// last is what prefixes returned before.
	last []netip.Prefix
}

// newKind prepares to watch a resource of the client's API group. changed is
// called when other ranges are known than before; it must not block.
func newKind(client rest.Interface, resource string, example runtime.Object, logger logr.Logger, changed func()) (*kind, error) {
	k := &kind{
		resource: resource,
		informer: cache.NewSharedIndexInformer(
			cache.NewListWatchFromClient(client, resource, "", fields.Everything()), example, 0, cache.Indexers{}),
		logger:   logger.WithValues("resource", resource),
		answered: make(chan struct{}),
	}
	_, err := k.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { changed() },
		UpdateFunc: func(before, after any) {
			if !slices.Equal(before.(*holding).prefixes, after.(*holding).prefixes) {
				changed()
			}
		},
		DeleteFunc: func(any) { changed() },
	})
	err = errors.Join(err, k.informer.SetTransform(holdingOf), k.informer.SetWatchErrorHandlerWithContext(k.failed))
	if err != nil {
		return nil, fmt.Errorf("prepare to watch %s: %w", resource, err)
	}
	return k, nil
}

// run watches until ctx ends. The informer tries again for ever, at most a minute
// after it failed: that is how rights that are granted later are noticed.
func (k *kind) run(ctx context.Context, changed func()) {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { k.informer.RunWithContext(ctx) })
	select {
	case <-k.informer.HasSyncedChecker().Done():
		k.answer.Do(func() { close(k.answered) })
		changed()
	case <-ctx.Done():
	}
}

// failed is called each time that a list or a watch fails.
func (k *kind) failed(_ context.Context, _ *cache.Reflector, err error) {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		return // a watch ends now and then
	case apierrors.IsForbidden(err), apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
		k.refused(err)
	default:
		k.refusals = 0
		if now := time.Now(); now.Sub(k.troubled) >= troubleLogInterval {
			k.troubled = now
			k.logger.Info("Cannot read the cluster's own ranges yet, will try again", "cause", err.Error())
		}
	}
}

// refused takes note that the API server does not show the kind.
func (k *kind) refused(err error) {
	k.refusals++
	if k.refusals < refusalsBelieved || k.said {
		return
	}
	k.said = true
	if apierrors.IsForbidden(err) {
		k.logger.Info("The cluster's own ranges are not watched for lack of a right; those not known already "+
			"are denied only by --denied-cidrs", "missing", "list and watch "+k.resource+" in the whole cluster")
	} else {
		k.logger.Info("The cluster's own ranges are not watched, for this API server does not serve the kind; " +
			"they are denied only by --denied-cidrs")
	}
	k.answer.Do(func() { close(k.answered) })
}

// prefixes are what all objects of the kind hold, as far as is known. That there
// is no object at all any more is not believed: no cluster is without a Service
// range or a node, but a restored or just started API server may show none.
func (k *kind) prefixes() []netip.Prefix {
	if !k.informer.HasSynced() {
		return nil // a part of a list is no answer
	}
	if objects := k.informer.GetStore().List(); len(objects) > 0 {
		k.last = nil
		for _, object := range objects {
			k.last = append(k.last, object.(*holding).prefixes...)
		}
	}
	return k.last
}
