package host

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Serve is the server's main: it serves the Spec in its only argument until
// its standard input ends.
func Serve(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("an outside host takes one argument, its spec as JSON")
	}
	var spec Spec
	if err := json.Unmarshal([]byte(arguments[0]), &spec); err != nil {
		return fmt.Errorf("reading the host's spec: %w", err)
	}
	f := newFaults(spec.Statuses)
	for _, port := range spec.Ports {
		if err := listen(spec.Name, port, f); err != nil {
			return fmt.Errorf("serving %s on port %d: %w", port.Protocol, port.Number, err)
		}
	}
	answer := json.NewEncoder(os.Stdout)
	if err := answer.Encode(fault{}); err != nil { // ready
		return err
	}
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		var order fault
		if err := json.Unmarshal(orders.Bytes(), &order); err != nil {
			return fmt.Errorf("reading an order: %w", err)
		}
		f.set(order)
		if err := answer.Encode(order); err != nil {
			return err
		}
	}
	return orders.Err()
}

func listen(name string, port Port, f *faults) error {
	switch port.Protocol {
	case HTTP:
		return serveHTTP(name, port, f)
	case TCP:
		return serveTCP(name, port, f)
	case UDP:
		return serveUDP(name, port, f)
	case DNS:
		return serveDNS(name, port, f)
	case GRPC:
		return serveGRPC(name, port, f)
	default:
		return errors.New("unknown protocol")
	}
}
