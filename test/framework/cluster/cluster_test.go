package cluster_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/host"
)

// The Service of these tests, without a selector, in both families.
const (
	serviceIPv4 = "10.96.10.10"
	serviceIPv6 = "fd00:10:96::10"
	nodePort    = 30080

	service = `
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: default}
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  ipFamilies: [IPv4, IPv6]
  clusterIP: 10.96.10.10
  clusterIPs: ["10.96.10.10", "fd00:10:96::10"]
  ports:
  - {name: web, port: 80, nodePort: 30080}
  - {name: raw, port: 90, protocol: TCP}
  - {name: dns, port: 53, protocol: UDP}
`
	slice = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: shop-%[1]s
  namespace: default
  labels: {kubernetes.io/service-name: shop, endpointslice.kubernetes.io/managed-by: cluster-test}
addressType: %[1]s
ports:
- {name: web, port: 8080, protocol: TCP}
- {name: raw, port: 9000, protocol: TCP}
- {name: dns, port: 5353, protocol: UDP}
endpoints: [%[2]s]
---
`
)

// publish writes the Service and slices with these hosts by hand, as the
// operator would.
func publish(t *testing.T, c *cluster.Cluster, hosts ...*host.Host) {
	t.Helper()
	var v4, v6 []string
	for _, h := range hosts {
		const endpoint = "{addresses: [%q], hostname: %q, conditions: {ready: true, serving: true, terminating: false}}"
		v4 = append(v4, fmt.Sprintf(endpoint, h.IPv4, h.Name))
		v6 = append(v6, fmt.Sprintf(endpoint, h.IPv6, h.Name))
	}
	manifests := fmt.Sprintf(slice, "IPv4", strings.Join(v4, ",")) + fmt.Sprintf(slice, "IPv6", strings.Join(v6, ","))
	// kubectl wants names in lower case.
	manifests = strings.NewReplacer("shop-IPv4", "shop-ipv4", "shop-IPv6", "shop-ipv6").Replace(manifests)
	if err := c.Apply(manifests + service); err != nil {
		t.Fatal(err)
	}
}
