package sandbox

import (
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideVariable marks the second run of the program.
const insideVariable = "EXTERNAL_ENDPOINTS_SANDBOX"

// File descriptors that the second run is given, in the order of Execute.
const (
	reportDescriptor = 3 // closed on success, else it has the error
	doorDescriptor   = 4
)

// Inside reports whether the program runs in a sandbox, or is about to settle
// in one.
func Inside() bool { return os.Getenv(insideVariable) != "" }

// Settle makes the sandbox fit to live in. It must be called first thing when
// Inside. Its error has also reached Execute, which has a place to show it.
func Settle() error {
	unix.CloseOnExec(reportDescriptor)
	unix.CloseOnExec(doorDescriptor)
	report := os.NewFile(reportDescriptor, "report")
	defer report.Close()
	err := settle()
	if err != nil {
		fmt.Fprint(report, err)
	}
	return err
}

func settle() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating the mounts: %w", err)
	}
	// iptables and others keep locks of the machine's network there; it also
	// holds the cluster's files, which vanish with it.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return fmt.Errorf("mounting a private /run: %w", err)
	}
	// Containers forbid a fresh /proc; theirs does, as only /proc/self and
	// /proc/sys/net are used.
	_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")

	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback link: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("bringing the loopback link up: %w", err)
	}
	return nil
}
