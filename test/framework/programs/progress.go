package programs

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressEvery is short enough that neither a user nor CI takes a long build
// for a hanging one.
const progressEvery = 10 * time.Second

// progress reports to out what is going on until it is stopped, then how long it
// took.
func progress(out io.Writer, what string) (stop func()) {
	start := time.Now()
	fmt.Fprintf(out, "%s\n", what)
	done := make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				fmt.Fprintf(out, "  still building, %.0f s\n", time.Since(start).Seconds())
			}
		}
	})
	return func() {
		close(done)
		told.Wait()
		fmt.Fprintf(out, "  took %.0f s\n", time.Since(start).Seconds())
	}
}
