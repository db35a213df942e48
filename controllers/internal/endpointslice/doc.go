// Package endpointslice decides which EndpointSlices a Service of outside hosts needs, and which
// writes lead there from those that exist.
//
// Everything here is a pure function of its arguments. The existing slices are in the informer
// cache and never changed; nothing depends on the order of a map.
//
// # How endpoints are packed
//
// A group is one address family with one list of ports: what a slice has once for all its
// endpoints. Each endpoint belongs to one group.
//
//  1. Assign each existing slice to its group. Slices of no group are left for the end, when
//     they are deleted.
//  2. Keep every desired endpoint in the slice that has it, and update it in place. A second
//     copy, an endpoint that is no longer desired and whatever exceeds [MaxEndpoints] is
//     dropped.
//  3. Fill the slices that are written anyway with the endpoints that have no slice yet, the
//     fullest slice first.
//  4. Put the rest into the fullest untouched slice that has room for all of it, or else into
//     new slices.
//  5. Delete the slices that are empty.
//
// Step 4 takes one write for every [MaxEndpoints] added endpoints, and fewer are not possible.
// Kubernetes packs in the same way, but for the order of its maps.
//
// Sparse slices are not merged. For clients of the watch a moved endpoint is a removal and an
// addition, and the merge is an extra write. All that it would save is small objects: additions
// go to the fullest slice, so sparse ones run empty or fill up.
//
// # The order of the writes
//
// Each write is visible by itself, and a leader change may follow any of them. So no endpoint may
// be missing in between that exists before and after:
//
//  1. slices that get endpoints, unless they lose ready ones and none becomes ready,
//  2. slices where endpoints become ready while another one moves to a slice of the first kind,
//  3. other additions,
//  4. other updates,
//  5. deletions.
//
// Every write of the first two kinds leaves a ready endpoint behind or removes none, so the
// Service is not empty before the rest begins.
//
// A slice that an endpoint leaves for another slice gets no new endpoints in the same plan. Two
// slices that exchange endpoints could not be written one after the other without a gap; this
// way the receiving ones always come first.
package endpointslice
