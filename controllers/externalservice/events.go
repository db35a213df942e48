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
	"github.com/external-endpoints/operator/controllers/internal/status"
)

// emitter sends events.
type emitter struct{ recorder events.EventRecorder }

func (e emitter) send(object *v1alpha1.ExternalService, sent []status.Event) {
	for _, one := range sent {
		e.recorder.Eventf(object, nil, one.Kind, one.Reason, one.Action, "%s", one.Text)
	}
}

// newRecorder returns a recorder that writes events one at a time, after pending slice writes.
// The manager's own recorder writes all at once: in an outage of a whole site its requests
// would be in flight before the slice writes at the API server.
func newRecorder(ctx context.Context, manager ctrl.Manager, traffic *writeGate) (events.EventRecorder, error) {
	config := rest.CopyConfig(manager.GetConfig())
	config.ContentType = runtime.ContentTypeProtobuf
	client, err := eventsclient.NewForConfigAndClient(config, manager.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make a client for events: %w", err)
	}
	broadcaster := events.NewBroadcaster(newOneByOne(&events.EventSinkImpl{Interface: client}, traffic))
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return nil, fmt.Errorf("record events: %w", err)
	}
	return broadcaster.NewRecorder(manager.GetScheme(), v1alpha1.FieldManager), nil
}

// oneByOne has one event at a time on its way, and none while traffic is moved.
type oneByOne struct {
	sink    events.EventSink
	traffic *writeGate
	turn    chan struct{}
}

func newOneByOne(sink events.EventSink, traffic *writeGate) oneByOne {
	return oneByOne{sink: sink, traffic: traffic, turn: make(chan struct{}, 1)}
}

// begin waits for the turn of one more event.
func (o oneByOne) begin(ctx context.Context) (end func()) {
	o.turn <- struct{}{}
	o.traffic.WaitIdle(ctx)
	return func() { <-o.turn }
}

// Create implements events.EventSink.
func (o oneByOne) Create(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	defer o.begin(ctx)()
	return o.sink.Create(ctx, event)
}

// Update implements events.EventSink.
func (o oneByOne) Update(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	defer o.begin(ctx)()
	return o.sink.Update(ctx, event)
}

// Patch implements events.EventSink.
func (o oneByOne) Patch(ctx context.Context, event *eventsv1.Event, data []byte) (*eventsv1.Event, error) {
	defer o.begin(ctx)()
	return o.sink.Patch(ctx, event, data)
}
