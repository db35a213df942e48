// Package recovery makes the initial state of a new leader from the published objects. It is
// pure. The EndpointSlices are the state; the status, which is written after them, explains
// them as far as it agrees.
package recovery
