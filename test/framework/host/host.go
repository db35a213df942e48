package host

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/role"
)

// Host is an outside host as a test sees it: addresses, and faults to order,
// by one goroutine at a time.
type Host struct {
	network.Addresses
	Spec

	machine *network.Machine
	log     string

	server  *process.Process
	orders  *json.Encoder
	answers *bufio.Reader
	pipes   []*os.File // what orders and answers go through
}

// Start starts a host's server on its machine; log is the file for what it
// prints. It returns when all ports are served.
func Start(machine *network.Machine, spec Spec, log string) (*Host, error) {
	h := &Host{Addresses: machine.Addresses, Spec: spec, machine: machine, log: log}
	if err := h.start(); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Host) start() error {
	spec, err := json.Marshal(h.Spec)
	if err != nil {
		return fmt.Errorf("writing the spec of %s: %w", h.Name, err)
	}
	stdin, orders, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe to %s: %w", h.Name, err)
	}
	defer stdin.Close()
	answers, stdout, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe from %s: %w", h.Name, err)
	}
	defer stdout.Close()

	server := role.Spec(role.Host, string(spec))
	server.Name, server.Log, server.In = h.Name, h.log, h.machine
	server.Stdin, server.Stdout = stdin, stdout
	if h.server, err = process.Start(server); err != nil {
		return err
	}
	h.hangUp()
	h.orders, h.answers, h.pipes = json.NewEncoder(orders), bufio.NewReader(answers), []*os.File{orders, answers}
	return h.answer()
}

// hangUp ends the conversation with a server.
func (h *Host) hangUp() {
	for _, pipe := range h.pipes {
		pipe.Close()
	}
	h.pipes = nil
}

// Stop ends the host for good.
func (h *Host) Stop() error {
	err := h.server.Kill()
	h.hangUp()
	return err
}

// answer waits for the server to say that it has done it.
func (h *Host) answer() error {
	if _, err := h.answers.ReadBytes('\n'); err != nil {
		return fmt.Errorf("waiting for %s: %w\n%s", h.Name, err, h.server.LogTail(10))
	}
	return nil
}

// order has the server misbehave and waits until it does.
func (h *Host) order(f fault) error {
	if err := h.orders.Encode(f); err != nil {
		return fmt.Errorf("ordering %s of %s: %w", f.Kind, h.Name, err)
	}
	return h.answer()
}
