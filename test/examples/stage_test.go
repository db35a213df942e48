package examples

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// calm is how long the right hosts alone must answer. At this rate a host that
	// is dead and still listed would be noticed.
	calm = 1500 * time.Millisecond
	rate = 20
	// requestTimeout is how long a request may be under way: those that started
	// later are not judged yet.
	requestTimeout = time.Second
)

// stage is an example as it is played.
type stage struct {
	example

	cluster   *cluster.Cluster
	namespace string
	clients   map[string]*load.Load // by way
}

// apply applies a file of the example, with the lab's addresses.
func (s *stage) apply(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", file))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(path, []byte(s.rewrite(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kubectl(t, "apply", "--server-side", "--filename="+path)
}

// rewrite puts the lab's addresses in the place of the example's, and changes
// nothing else.
func (s *stage) rewrite(text string) string {
	type pair struct{ from, to string }
	var pairs []pair
	for _, m := range s.machines {
		h := s.cluster.Host(m.name)
		pairs = append(pairs, pair{m.ipv4, h.IPv4.String()})
		if m.ipv6 != "" {
			pairs = append(pairs, pair{m.ipv6, h.IPv6.String()})
		}
	}
	// The longest first: 192.0.2.4 begins 192.0.2.45.
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(len(b.from), len(a.from)) })
	var all []string
	for _, p := range pairs {
		all = append(all, p.from, p.to)
	}
	return strings.NewReplacer(all...).Replace(text)
}

func (s *stage) awaitReady(t *testing.T) {
	t.Helper()
	s.kubectl(t, "wait", "--for=condition=Ready", "--timeout="+waits.Timeout.String(), "xsvc", "--all")
}

// open starts a client for each way.
func (s *stage) open(t *testing.T) {
	t.Helper()
	s.clients = map[string]*load.Load{}
	for _, w := range s.ways {
		spec := load.Spec{Target: s.target(t, w), Rate: rate, Timeout: requestTimeout}
		if w.dns != "" {
			spec.Nameserver = s.cluster.Nameserver()
		}
		client, err := s.cluster.Load(spec)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if report := client.Stop(); t.Failed() {
				t.Logf("%s: %s", w.name, report)
			}
		})
		s.clients[w.name] = client
	}
}

// target is where clients of a way send to.
func (s *stage) target(t *testing.T, w way) string {
	t.Helper()
	var address string
	switch {
	case w.dns == ".":
		address = w.service + "." + s.namespace + ".svc.cluster.local"
	case w.dns != "":
		address = w.dns + "." + w.service + "." + s.namespace + ".svc.cluster.local"
	case w.ipv6:
		address = s.kubectl(t, "get", "service", w.service, "--output=jsonpath={.spec.clusterIPs[1]}")
	default:
		address = s.kubectl(t, "get", "service", w.service, "--output=jsonpath={.spec.clusterIP}")
	}
	target := w.scheme + "://" + net.JoinHostPort(address, strconv.Itoa(w.port))
	if w.scheme == "http" {
		target += "/"
	}
	return target
}

// takeOver applies the example over what was there before. Not one request may
// notice.
func (s *stage) takeOver(t *testing.T) {
	t.Helper()
	start := time.Now()
	if s.handOver != nil {
		s.kubectl(t, s.handOver...)
	}
	s.apply(t, s.file)
	s.awaitReady(t)
	s.expect(t, "after the takeover", s.first)
	for name, client := range s.clients {
		if report := client.Report().Since(start); len(report.Failures) > 0 {
			t.Errorf("%s: the takeover was noticed: %s", name, report)
		}
	}
	managers := s.kubectl(t, "get", "endpointslices",
		`--output=jsonpath={.items[*].metadata.labels.endpointslice\.kubernetes\.io/managed-by}`)
	for _, manager := range strings.Fields(managers) {
		if manager != "operator.external-endpoints.io" {
			t.Errorf("EndpointSlices of the Service are managed by %s, want the operator alone", managers)
		}
	}
}

// expect waits until every way is calm, answered by these hosts alone.
func (s *stage) expect(t *testing.T, when string, wanted answers) {
	t.Helper()
	start := time.Now()
	for _, w := range s.ways {
		hosts, told := wanted[w.name]
		if !told {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
		err := s.clients[w.name].Await(ctx, fmt.Sprintf("%s: %s answered by %v", when, w.name, hosts), func(r load.Report) bool {
			end := time.Now().Add(-requestTimeout)
			window := r.Since(end.Add(-calm)).Before(end)
			return !end.Add(-calm).Before(start) && len(window.Failures) == 0 && w.answeredBy(window, hosts)
		})
		cancel()
		if err != nil {
			t.Fatalf("%v\n%s", err, s.kubectl(t, "get", "xsvc", "--output=yaml"))
		}
	}
	t.Logf("%s: %.1f s", when, time.Since(start).Seconds())
}

// answeredBy reports whether these hosts answered, and no others.
func (w way) answeredBy(window load.Report, hosts []string) bool {
	answered := slices.Sorted(maps.Keys(window.ByHost))
	if !w.some {
		return slices.Equal(answered, hosts)
	}
	return len(answered) > 0 && !slices.ContainsFunc(answered, func(host string) bool { return !slices.Contains(hosts, host) })
}

func (s *stage) kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := s.cluster.Kubectl(append([]string{"--namespace=" + s.namespace}, arguments...)...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}
