package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"time"
)

// Send is the client's main: it sends what the Spec in its only argument
// says until its standard input ends, and prints a Result a line.
func Send(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("the load client takes one argument, its spec as JSON")
	}
	var spec Spec
	if err := json.Unmarshal([]byte(arguments[0]), &spec); err != nil {
		return fmt.Errorf("reading the load's spec: %w", err)
	}
	ask, err := asker(spec)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	results := make(chan Result, spec.Rate)
	go func() {
		defer close(results)
		openLoop(ctx, spec, ask, results)
	}()
	output := json.NewEncoder(os.Stdout)
	for result := range results {
		if err := output.Encode(result); err != nil {
			return err
		}
	}
	return nil
}

// openLoop starts requests on schedule until the context ends, then waits for
// those under way.
func openLoop(ctx context.Context, spec Spec, ask ask, results chan<- Result) {
	var underWay sync.WaitGroup
	defer underWay.Wait()
	begin := time.Now()
	for n := 0; ; n++ {
		due := begin.Add(time.Duration(n) * time.Second / time.Duration(spec.Rate))
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(due)):
		}
		underWay.Go(func() { results <- one(spec.Timeout, ask) })
	}
}

// one sends a request and judges it.
func one(timeout time.Duration, ask ask) Result {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	start := time.Now()
	host, err := ask(ctx)
	result := Result{Start: start, Latency: time.Since(start), Host: host}
	if err != nil {
		result.Host, result.Error, result.Detail = "", classify(err), err.Error()
	}
	return result
}

// ask sends one request and returns the name of the host that answered.
type ask func(ctx context.Context) (host string, err error)

func asker(spec Spec) (ask, error) {
	target, err := url.Parse(spec.Target)
	if err != nil {
		return nil, fmt.Errorf("reading the target: %w", err)
	}
	dialer := &net.Dialer{}
	if spec.Nameserver != "" {
		dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, spec.Nameserver)
		}}
	}
	switch target.Scheme {
	case "http":
		return askHTTP(dialer, target), nil
	case "tcp":
		return askTCP(dialer, target.Host), nil
	case "udp":
		return askUDP(dialer, target.Host), nil
	case "dns":
		return askDNS(dialer, target.Host), nil
	case "grpc":
		return askGRPC(dialer, target.Host), nil
	default:
		return nil, fmt.Errorf("target %s: must begin with http, tcp, udp, dns or grpc", spec.Target)
	}
}
