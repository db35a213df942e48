package network

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// Namespace is a network namespace, held by a file descriptor: it has no name
// that would have to be removed.
type Namespace struct {
	handle netns.NsHandle
	links  *netlink.Handle
}

// newNamespace makes an empty one with its loopback up.
func newNamespace() (*Namespace, error) {
	var handle netns.NsHandle
	err := onOwnThread(func() (err error) {
		handle, err = netns.New()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	links, err := netlink.NewHandleAt(handle)
	if err != nil {
		return nil, fmt.Errorf("looking into a network namespace: %w", err)
	}
	n := &Namespace{handle: handle, links: links}
	return n, n.up("lo")
}

// onOwnThread runs f on a thread that ends with it: one that has been moved
// to another namespace is of no use to the rest of the program.
func onOwnThread(f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		result <- f()
	}()
	return <-result
}

// Enter runs f on the calling thread, which must be locked, inside the
// namespace, and brings the thread back.
func (n *Namespace) Enter(f func()) error {
	home, err := netns.Get()
	if err != nil {
		return fmt.Errorf("remembering the network namespace: %w", err)
	}
	defer home.Close()
	if err := netns.Set(n.handle); err != nil {
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	f()
	if err := netns.Set(home); err != nil {
		panic(fmt.Sprintf("lost in a network namespace: %v", err)) // nothing after this would mean what it says
	}
	return nil
}

// Do runs f inside the namespace, for sockets opened by the test itself.
func (n *Namespace) Do(f func() error) error {
	return onOwnThread(func() error {
		if err := netns.Set(n.handle); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return f()
	})
}

// Sysctl sets a kernel parameter of the namespace's network, named by its
// path below /proc/sys/net.
func (n *Namespace) Sysctl(name, value string) error {
	return n.Do(func() error {
		if err := os.WriteFile(filepath.Join("/proc/sys/net", name), []byte(value), 0o644); err != nil {
			return fmt.Errorf("setting a kernel parameter: %w", err)
		}
		return nil
	})
}

// Close closes the namespace. It lives on while processes are in it.
func (n *Namespace) Close() {
	n.links.Close()
	n.handle.Close()
}

func (n *Namespace) up(name string) error {
	link, err := n.links.LinkByName(name)
	if err != nil {
		return fmt.Errorf("finding link %s: %w", name, err)
	}
	if err := n.links.LinkSetUp(link); err != nil {
		return fmt.Errorf("bringing link %s up: %w", name, err)
	}
	return nil
}
