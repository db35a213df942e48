package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/bench/role"
)

// process is a prober being measured.
type process struct {
	command *exec.Cmd
	input   io.Closer
	lines   chan line
}

// line is what the prober said, and when it was read.
type line struct {
	text string
	at   time.Time
}

// spawn starts a prober. It ends with its standard input.
func spawn(name string, arguments ...string) (*process, error) {
	command := exec.Command(name, arguments...)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &process{command: command, input: input, lines: make(chan line, 100_000)}
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			p.lines <- line{scanner.Text(), time.Now()}
		}
	}()
	return p, nil
}

// ourselves starts this program as another prober.
func ourselves(prober string, o role.Options) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return spawn(self, append([]string{"-role", prober}, o.Flags()...)...)
}

// startEngine starts the engine, which is a program of its own beside this one: what
// this one links, and the engine does not, would be counted as the engine's memory.
func startEngine(o role.Options) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, err := spawn(filepath.Join(filepath.Dir(self), "bench-engine"), o.Flags()...)
	if err != nil {
		return nil, fmt.Errorf("the engine (go build -o bin/bench-engine ./test/bench/engine): %w", err)
	}
	return p, nil
}

// stop ends the prober. HAProxy does not end with its input.
func (p *process) stop() {
	p.input.Close()
	if p.command.Args[0] == "haproxy" {
		_ = p.command.Process.Kill()
	}
	ended := make(chan struct{})
	go func() { _ = p.command.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(2 * time.Second):
		_ = p.command.Process.Kill()
		<-ended
	}
}

// cpu is what all threads of the prober have used. The kernel counts nanoseconds
// here, and ticks of 10 ms in stat.
func (p *process) cpu() time.Duration {
	var total time.Duration
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		nanoseconds, _ := strconv.ParseInt(ran, 10, 64)
		total += time.Duration(nanoseconds)
	}
	return total
}

// memory is the prober's resident memory in MiB.
func (p *process) memory() float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	for _, l := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(l); len(fields) > 1 && fields[0] == "VmRSS:" {
			kibibytes, _ := strconv.ParseFloat(fields[1], 64)
			return kibibytes / 1024
		}
	}
	return 0
}

// said returns what the prober has said so far, without waiting.
func (p *process) said() []line {
	var lines []line
	for {
		select {
		case l, open := <-p.lines:
			if !open {
				return lines
			}
			lines = append(lines, l)
		default:
			return lines
		}
	}
}

// await waits for a line and returns its time, and the lines before it;
// a zero time: it did not come within the timeout.
func (p *process) await(patience time.Duration, wanted func(string) bool) (at time.Time, before []line) {
	timeout := time.After(patience)
	for {
		select {
		case l, open := <-p.lines:
			if !open {
				return time.Time{}, before
			}
			if wanted(l.text) {
				return l.at, before
			}
			before = append(before, l)
		case <-timeout:
			return time.Time{}, before
		}
	}
}
