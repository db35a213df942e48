package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// manifest is what a user would apply.
//
//go:embed shop.yaml
var manifest string

const (
	victim = "host-2"
	// calm is how long the traffic runs undisturbed before and after each event.
	calm = 3 * time.Second
)

// story is the demo as it goes on.
type story struct {
	out     io.Writer
	cluster *cluster.Cluster
	slices  *history.Slices
}

func (s *story) tell(format string, args ...any) { fmt.Fprintf(s.out, "\n"+format+"\n", args...) }

// setUp starts the cluster and the operator, and applies the ExternalService.
func (s *story) setUp(ctx context.Context, stay bool) error {
	began := time.Now()
	s.tell("Starting a control plane, a node with kube-proxy, and three outside hosts, each in a network namespace of its own.")
	var err error
	s.cluster, err = cluster.New(ctx, cluster.Options{Reachable: stay, Log: s.out})
	if err != nil {
		return err
	}
	if err := install.Manifests(s.cluster); err != nil {
		return err
	}
	if _, err := install.Start(ctx, s.cluster, install.Options{}); err != nil {
		return err
	}
	s.tell("Up after %.1f s. Applying this:\n\n%s", time.Since(began).Seconds(), indent(manifest))
	if err := s.cluster.Apply(manifest); err != nil {
		return err
	}
	if err := s.kubectl("wait", "--for=condition=Ready", "--timeout=30s", "xsvc/shop"); err != nil {
		return err
	}
	s.slices, err = s.cluster.RecordSlices(ctx, "default", "shop")
	if err != nil {
		return err
	}
	_, err = s.awaitPublished(ctx, s.addresses(""))
	return err
}

// awaitPublished waits until exactly these addresses get traffic, and returns
// since when the slices say so.
func (s *story) awaitPublished(ctx context.Context, addresses []string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, waits.Timeout)
	defer cancel()
	return s.slices.Await(ctx, addresses...)
}

// addresses are those of all hosts but one.
func (s *story) addresses(except string) []string {
	var addresses []string
	for _, host := range s.cluster.Hosts() {
		if host.Name != except {
			addresses = append(addresses, host.IPv4.String())
		}
	}
	return addresses
}

// failover runs traffic, kills a host, brings it back and reports.
func (s *story) failover(ctx context.Context) (verdict, error) {
	address, err := s.cluster.Kubectl("get", "service", "shop", "-o", "jsonpath={.spec.clusterIP}")
	if err != nil {
		return verdict{}, fmt.Errorf("read the Service: %w", err)
	}
	target := "http://" + strings.TrimSpace(address) + "/"
	s.tell("A client on the node sends 100 requests/s to %s, each on a connection of its own.", target)
	client, err := s.cluster.Load(load.Spec{Target: target, Rate: 100, Timeout: time.Second})
	if err != nil {
		return verdict{}, err
	}
	// kube-proxy takes a moment for the first rules of a Service; then all answer.
	err = client.Await(ctx, "an answer of every host", func(r load.Report) bool { return len(r.ByHost) == len(s.cluster.Hosts()) })
	if err != nil {
		return verdict{}, err
	}
	v := verdict{began: time.Now()}
	if err := s.show("Before"); err != nil {
		return v, err
	}
	if err := pause(ctx, calm); err != nil {
		return v, err
	}

	s.tell("Killing %s (%s).", victim, s.cluster.Host(victim).IPv4)
	v.killed = time.Now()
	if err := s.cluster.Host(victim).Kill(); err != nil {
		return v, err
	}
	if v.out, err = s.awaitPublished(ctx, s.addresses(victim)); err != nil {
		return v, err
	}
	s.tell("%s is out of the slice %d ms after it died.", victim, v.out.Sub(v.killed).Milliseconds())
	if err := s.show("After"); err != nil {
		return v, err
	}
	if err := pause(ctx, calm); err != nil {
		return v, err
	}

	s.tell("Starting %s again.", victim)
	v.recovered = time.Now()
	if err := s.cluster.Host(victim).Recover(); err != nil {
		return v, err
	}
	if v.back, err = s.awaitPublished(ctx, s.addresses("")); err != nil {
		return v, err
	}
	if err := pause(ctx, calm); err != nil {
		return v, err
	}
	v.report = client.Stop().Since(v.began)
	s.tell("Requests in each half second, by the host that answered:\n")
	v.timeline(s.hostNames()).print(s.out)
	return v, nil
}

// draw writes the picture, if one is wanted.
func (s *story) draw(v verdict, path string) error {
	if path == "" {
		return nil
	}
	title := fmt.Sprintf("%d requests through the Service while %s dies and comes back: %d failed",
		v.report.Sent(), victim, len(v.report.Failures))
	if err := os.WriteFile(path, []byte(v.timeline(s.hostNames()).svg(title)), 0o644); err != nil {
		return fmt.Errorf("draw the timeline: %w", err)
	}
	s.tell("Drawn into %s.", path)
	return nil
}

// pause lets the traffic run for a while.
func pause(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// invite says how to look around from another terminal, and waits for Ctrl-C.
func (s *story) invite(ctx context.Context) error {
	path := filepath.Join(os.TempDir(), "external-endpoints-demo.kubeconfig")
	if err := s.cluster.WriteOutsideKubeconfig(path); err != nil {
		return err
	}
	defer os.Remove(path)
	s.tell("Everything keeps running until you press Ctrl-C. In another terminal:\n\n"+
		"  export KUBECONFIG=%s\n  kubectl get xsvc,service,endpointslices\n", path)
	<-ctx.Done()
	return nil
}

// show prints what a user would look at.
func (s *story) show(when string) error {
	s.tell("%s, kubectl says:", when)
	for _, arguments := range [][]string{
		{"get", "xsvc", "shop", "-o", "wide"},
		{"get", "endpointslices", "-l", "kubernetes.io/service-name=shop", "-o", slicesTemplate},
	} {
		if err := s.kubectl(arguments...); err != nil {
			return err
		}
	}
	return nil
}

// slicesTemplate prints a line for each endpoint.
const slicesTemplate = `go-template={{range .items}}{{$name := .metadata.name}}{{range .endpoints}}` +
	`{{$name}}  {{index .addresses 0}}  ready={{.conditions.ready}}{{"\n"}}{{end}}{{end}}`

// kubectl runs a command and shows it with its output.
func (s *story) kubectl(arguments ...string) error {
	out, err := s.cluster.Kubectl(arguments...)
	if err != nil {
		return fmt.Errorf("kubectl %s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	fmt.Fprintf(s.out, "\n  $ kubectl %s\n%s", strings.Join(short(arguments), " "), indent(out))
	return nil
}

func short(arguments []string) []string {
	shown := make([]string, len(arguments))
	for i, a := range arguments {
		if shown[i] = a; strings.HasPrefix(a, "go-template=") {
			shown[i] = "go-template=..."
		}
	}
	return shown
}

func indent(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

func (s *story) hostNames() []string {
	var names []string
	for _, host := range s.cluster.Hosts() {
		names = append(names, host.Name)
	}
	return names
}
