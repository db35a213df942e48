package names

import (
	"time"

	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
	"github.com/external-endpoints/operator/test/framework/host"
)

// refresh is the time between two lookups of the tests' names, the shortest there is.
const refresh = time.Second

// meaning is what the name server says of a name that leads to these hosts.
func meaning(hosts ...*host.Host) resolvetest.Name {
	name := resolvetest.Name{TTL: 1}
	for _, h := range hosts {
		name.Addresses = append(name.Addresses, h.IPv4)
	}
	return name
}
