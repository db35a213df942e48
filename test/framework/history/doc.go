// Package history records what the EndpointSlices of a Service said and when,
// as kube-proxy saw it: from a watch of its own, every state in between
// included.
package history
