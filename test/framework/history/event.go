package history

import (
	"slices"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// Event is a change of one slice.
type Event struct {
	At    time.Time // when the watch delivered it
	Type  watch.EventType
	Slice *discoveryv1.EndpointSlice
}

// ready collects the addresses of slices that get traffic: ready, or without
// a word on that, which means the same. Sorted, each once.
func ready(of map[string]*discoveryv1.EndpointSlice) []string {
	var addresses []string
	for _, slice := range of {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
				addresses = append(addresses, endpoint.Addresses...)
			}
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}
