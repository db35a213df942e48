package endpointslice

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// portList is a list of ports sorted by name: the same ports have the same order in every
// object.
type portList []Port

// sortedPorts returns the ports sorted. What is sorted already is not copied.
func sortedPorts(ports []Port) portList {
	if !slices.IsSortedFunc(ports, comparePorts) {
		ports = slices.Clone(ports)
		slices.SortFunc(ports, comparePorts)
	}
	return ports
}

// names reports whether some port of the other list has the name of one of these.
func (l portList) names(other portList) bool {
	return slices.ContainsFunc(l, func(a Port) bool {
		return slices.ContainsFunc(other, func(b Port) bool { return a.Name == b.Name })
	})
}

// comparePorts orders by name. Names are unique in a Service; the rest is there so
// that the order is the same for any input.
func comparePorts(a, b Port) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Number, b.Number),
		cmp.Compare(a.Protocol, b.Protocol),
		cmp.Compare(text(a.AppProtocol), text(b.AppProtocol)),
	)
}

// appendKey appends what identifies the list. No part can contain the separators.
func (l portList) appendKey(key []byte) []byte {
	for _, p := range l {
		key = append(key, ',')
		key = append(key, p.Name...)
		key = append(key, '|')
		key = append(key, p.Protocol...)
		key = append(key, '|')
		key = strconv.AppendInt(key, int64(p.Number), 10)
		key = append(key, '|')
		key = append(key, text(p.AppProtocol)...)
	}
	return key
}

// inSlice returns the list as a slice holds it. Names are never nil: kube-proxy
// ignores a port without a name, while it takes an empty one.
func (l portList) inSlice() []discoveryv1.EndpointPort {
	ports := make([]discoveryv1.EndpointPort, len(l))
	for i, p := range l {
		ports[i] = discoveryv1.EndpointPort{
			Name:        &p.Name,
			Protocol:    &p.Protocol,
			Port:        &p.Number,
			AppProtocol: pointer(text(p.AppProtocol)),
		}
	}
	return ports
}

// inEndpoints returns the list as a v1 Endpoints object holds it.
func (l portList) inEndpoints() []corev1.EndpointPort {
	ports := make([]corev1.EndpointPort, len(l))
	for i, p := range l {
		ports[i] = corev1.EndpointPort{
			Name:        p.Name,
			Protocol:    p.Protocol,
			Port:        p.Number,
			AppProtocol: pointer(text(p.AppProtocol)),
		}
	}
	return ports
}

// portsOf reads the ports of a slice. It fails if one is not complete, which a slice of ours
// never is before another client changes it.
func portsOf(slice *discoveryv1.EndpointSlice) (ports portList, complete bool) {
	list := make([]Port, len(slice.Ports))
	for i, p := range slice.Ports {
		if p.Name == nil || p.Protocol == nil || p.Port == nil {
			return nil, false
		}
		list[i] = Port{Name: *p.Name, Protocol: *p.Protocol, Number: *p.Port, AppProtocol: p.AppProtocol}
	}
	return sortedPorts(list), true
}

// text reads an optional text; nil reads as empty.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// pointer writes an optional text; empty is left out.
func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
