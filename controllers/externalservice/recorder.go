package externalservice

import (
	"context"
	"fmt"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// newRecorder returns a recorder whose events are written one after the other. The
// manager's own writes all at once, however many there are: where a site fails, slices
// would stand behind them in the API server.
func newRecorder(ctx context.Context, manager ctrl.Manager) (events.EventRecorder, error) {
	config := rest.CopyConfig(manager.GetConfig())
	config.ContentType = runtime.ContentTypeProtobuf
	client, err := eventsclient.NewForConfigAndClient(config, manager.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make a client for events: %w", err)
	}
	broadcaster := events.NewBroadcaster(newOneByOne(&events.EventSinkImpl{Interface: client}))
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	return broadcaster.NewRecorder(manager.GetScheme(), v1alpha1.FieldManager), nil
}

// oneByOne has one event at a time on its way.
type oneByOne struct {
	sink events.EventSink
	turn chan struct{}
}

func newOneByOne(sink events.EventSink) oneByOne {
	return oneByOne{sink: sink, turn: make(chan struct{}, 1)}
}

// Create implements events.EventSink.
func (o oneByOne) Create(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	return o.sink.Create(ctx, event)
}

// Update implements events.EventSink.
func (o oneByOne) Update(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	return o.sink.Update(ctx, event)
}

// Patch implements events.EventSink.
func (o oneByOne) Patch(ctx context.Context, event *eventsv1.Event, data []byte) (*eventsv1.Event, error) {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	return o.sink.Patch(ctx, event, data)
}
