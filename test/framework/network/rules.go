package network

import (
	"fmt"
	"os/exec"
	"strings"
)

// lossTable holds the lab's own rules, apart from kube-proxy's.
const lossTable = "inet lab"

// Lose drops a share of the packets that reach the machine, 1 to 99
// percent. To lose all of them, pull the cable.
func (m *Machine) Lose(percent int) error {
	m.lossy = true
	return m.Do(func() error {
		return rules(fmt.Sprintf(`
			chain input {
				type filter hook input priority -400
				iif != lo numgen random mod 100 < %d drop
			}`, percent))
	})
}

// loseNone undoes Lose.
func (m *Machine) loseNone() error {
	if !m.lossy {
		return nil
	}
	m.lossy = false
	return m.Do(func() error { return rules("") })
}

// Isolate drops what the control plane's namespace sends to the outside
// hosts, and nothing else: clients on the node still reach them.
func (n *Network) Isolate() error {
	first, last := HostAddresses(0), HostAddresses(MaxHosts-1)
	return rules(fmt.Sprintf(`
		chain output {
			type filter hook output priority -400
			ip daddr %s-%s drop
			ip6 daddr %s-%s drop
		}`, first.IPv4, last.IPv4, first.IPv6, last.IPv6))
}

// Rejoin undoes Isolate.
func (n *Network) Rejoin() error { return rules("") }

// rules replaces the lab's table in the calling thread's namespace.
func rules(chains string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(fmt.Sprintf("table %[1]s {}\ndelete table %[1]s\ntable %[1]s {%[2]s\n}\n", lossTable, chains))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("setting packet rules with nft: %w: %s", err, output)
	}
	return nil
}
