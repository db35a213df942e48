package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// Process is a program that runs, ran, or runs again.
type Process struct {
	spec Spec

	mu   sync.Mutex
	run  *exec.Cmd
	done chan struct{} // closed when this run has ended
	err  error         // how it ended, once done is closed
}

// Start runs a program. It dies with the calling process, whatever happens to
// that.
func Start(spec Spec) (*Process, error) {
	p := &Process{spec: spec}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.lockedStart(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Process) lockedStart() error {
	if err := os.MkdirAll(filepath.Dir(p.spec.Log), 0o755); err != nil {
		return fmt.Errorf("starting %s: %w", p.spec.Name, err)
	}
	log, err := os.OpenFile(p.spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("starting %s: %w", p.spec.Name, err)
	}
	defer log.Close()

	run := exec.Command(p.spec.Path, p.spec.Args...)
	run.Env = append(os.Environ(), p.spec.Env...)
	run.Stdout, run.Stderr = log, log
	if p.spec.Stdin != nil {
		run.Stdin = p.spec.Stdin
	}
	if p.spec.Stdout != nil {
		run.Stdout = p.spec.Stdout
	}
	// An interrupt at the terminal is for the starter, which stops its
	// children in order: they get a process group of their own.
	run.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := spawn(run, p.spec.In); err != nil {
		return fmt.Errorf("starting %s: %w", p.spec.Name, err)
	}

	done := make(chan struct{})
	p.run, p.done, p.err = run, done, nil
	go func() {
		err := run.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(done)
	}()
	return nil
}

// Name is what the process was called when it was started.
func (p *Process) Name() string { return p.spec.Name }

// PID is the process id, as seen by the starter.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run.Process.Pid
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Wait waits for the process to end and returns how it did: nil for exit code
// zero, an *exec.ExitError otherwise, or the context's error.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s to end: %w", p.spec.Name, ctx.Err())
	}
}
