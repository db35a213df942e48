package endpointslice

import (
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Owner identifies the owner of the objects, and the Service that they are for.
type Owner struct {
	// Reference makes the objects go with their owner, even when the operator is gone.
	Reference metav1.OwnerReference
	Namespace string
	Service   string
	// Headless: the Service has no cluster IP.
	Headless bool
	// Hints are for a Service that prefers near endpoints; zero for any other.
	Hints Hints
}

// Port is a port of a host, as a slice lists it.
type Port struct {
	// Name is the name of the Service's port, empty for an unnamed one: kube-proxy
	// joins the two by name.
	Name     string
	Protocol corev1.Protocol
	// Number is the port on the host.
	Number int32
	// AppProtocol is nil or not empty.
	AppProtocol *string
}

// Endpoint is one address with ports that share one health, and what is to be
// said of it. A host whose ports can differ in health is one Endpoint for each
// set of ports; of two with the same address and ports the first counts.
type Endpoint struct {
	// Address is an IPv4 or IPv6 address. An invalid one is left out: one bad
	// address would make the API server refuse the whole slice.
	Address netip.Addr
	// Ports in any order.
	Ports []Port

	Ready, Serving, Terminating bool

	Hostname, Zone string

	// Omit: the endpoint must not appear. It is listed only so that its Trigger is written
	// with the slice that loses it.
	Omit bool

	// Trigger is when the first probe of the run that decided this state gave its
	// result. Zero when no probe decided it, but the user.
	Trigger time.Time
}

// state is what is said of the endpoint. Serving without ready and terminating is
// turned into not serving: kube-proxy sends nothing there, while Envoy Gateway,
// Traefik and older Cilium do.
func (e *Endpoint) state() State {
	return State{
		Ready:       e.Ready,
		Serving:     e.Serving && (e.Ready || e.Terminating),
		Terminating: e.Terminating,
	}
}
