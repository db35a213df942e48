package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a process may take to end by itself.
const grace = 5 * time.Second

// Kill ends the process at once and waits until it is gone, its sockets with
// it.
func (p *Process) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.Done()
	return nil
}

// Terminate sends SIGTERM and returns at once; see Wait.
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

// Pause stops the process where it is, as a machine does that hangs, and
// waits until all its threads have stopped.
func (p *Process) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		err := unix.Waitid(unix.P_PID, p.PID(), nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err == nil, errors.Is(err, unix.ECHILD): // stopped, or ended before
			return nil
		default:
			return fmt.Errorf("waiting for %s to stop: %w", p.spec.Name, err)
		}
	}
}

// Continue lets a paused process go on.
func (p *Process) Continue() error { return p.signal(syscall.SIGCONT) }

// Stop sends SIGTERM and kills the process if it does not end. A process that
// has ended is fine.
func (p *Process) Stop() error {
	if err := errors.Join(p.Terminate(), p.Continue()); err != nil {
		return err
	}
	select {
	case <-p.Done():
		return nil
	case <-time.After(grace):
		return p.Kill()
	}
}

// Restart starts the same program again, after killing it if it still runs.
func (p *Process) Restart() error {
	if err := p.Kill(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lockedStart()
}

// signal sends a signal; one that comes too late is no error.
func (p *Process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.run.Process.Signal(s)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %s to %s: %w", s, p.spec.Name, err)
	}
	return nil
}
