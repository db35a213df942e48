package process

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Log is the file that holds what the process printed, of all its runs.
func (p *Process) Log() string { return p.spec.Log }

// LogTail returns the last lines of the log.
func (p *Process) LogTail(lines int) string {
	content, err := os.ReadFile(p.spec.Log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Ended describes a process that should not have ended, with the end of its
// log, where the reason is. It is nil while the process runs.
func (p *Process) Ended() error {
	select {
	case <-p.Done():
	default:
		return nil
	}
	p.mu.Lock()
	err := p.err
	p.mu.Unlock()
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("%s ended: %w; its log %s ends with\n%s", p.spec.Name, err, p.spec.Log, p.LogTail(15))
}
