// Package facts holds what one reconcile has read of the cluster. It is pure: the values are
// shared with the informer cache and never changed.
package facts
