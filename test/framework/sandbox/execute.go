package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// ErrNotAllowed is the error of a machine that forbids what a sandbox needs.
var ErrNotAllowed = errors.New("this machine does not allow network namespaces")

// Execute runs the calling program in a sandbox, as it was called, and
// returns its exit code. The error is ErrNotAllowed if there can be none.
func Execute() (code int, err error) {
	// The kernel kills the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	door, err := openDoor()
	if err != nil {
		return 0, err
	}
	defer door.Close()
	report, reporter, err := os.Pipe()
	if err != nil {
		return 0, fmt.Errorf("making a pipe into the sandbox: %w", err)
	}
	defer report.Close()

	child, err := start(reporter, door)
	reporter.Close()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	defer forwardSignals(child.Process)()

	complaint, _ := io.ReadAll(report)
	err = child.Wait()
	if len(complaint) > 0 {
		return 0, fmt.Errorf("%w: %s", ErrNotAllowed, complaint)
	}
	return exitCode(child.ProcessState, err)
}

// start tries with the caller's own rights, if they are root's, then with
// those that every user has in a user namespace.
func start(files ...*os.File) (*exec.Cmd, error) {
	const own = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	var err error
	for _, flags := range []uintptr{own, own | syscall.CLONE_NEWUSER} {
		child := exec.Command("/proc/self/exe")
		child.Args = os.Args
		child.Env = append(os.Environ(), insideVariable+"=1")
		child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
		child.ExtraFiles = files
		child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL, Setpgid: true}
		if flags&syscall.CLONE_NEWUSER != 0 {
			child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
			child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		if err = child.Start(); err == nil {
			return child, nil
		}
	}
	return nil, err
}

// forwardSignals hands on what is meant to end the work inside.
func forwardSignals(to *os.Process) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	go func() {
		for s := range signals {
			_ = to.Signal(s) // it may have ended
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

func exitCode(state *os.ProcessState, err error) (int, error) {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil // as a shell says it
	}
	if state.ExitCode() < 0 {
		return 0, fmt.Errorf("waiting for the sandbox: %w", err)
	}
	return state.ExitCode(), nil
}

// openDoor listens on the machine's loopback; see Door.
func openDoor() (*os.File, error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("listening for callers from outside the sandbox: %w", err)
	}
	defer listener.Close()
	file, err := listener.File()
	if err != nil {
		return nil, fmt.Errorf("listening for callers from outside the sandbox: %w", err)
	}
	return file, nil
}
