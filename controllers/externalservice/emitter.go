package externalservice

import (
	"k8s.io/client-go/tools/events"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// emitter sends events.
type emitter struct{ recorder events.EventRecorder }

func (e emitter) send(object *v1alpha1.ExternalService, sent []notice) {
	for _, one := range sent {
		e.recorder.Eventf(object, nil, one.kind, one.reason, one.action, "%s", one.text)
	}
}
