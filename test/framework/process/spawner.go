package process

import (
	"os/exec"
	"runtime"
	"sync"
)

// The spawner is the one operating system thread that starts all children.
// The kernel sends a child its parent death signal when the *thread* that
// started it ends, and Go ends threads as it likes; this one lives as long as
// the program. It is also free to change its network namespace for a moment,
// which its children inherit.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// spawn starts a command from the spawner, inside a namespace if one is given.
func spawn(command *exec.Cmd, in Namespace) error {
	result := make(chan error)
	spawner() <- func() {
		if in == nil {
			result <- command.Start()
			return
		}
		var err error
		if failed := in.Enter(func() { err = command.Start() }); failed != nil {
			err = failed
		}
		result <- err
	}
	return <-result
}
