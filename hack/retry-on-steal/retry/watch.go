package retry

import (
	"sync"
	"time"

	"github.com/prometheus/procfs"
)

// watch takes samples every second until it is ended.
func watch() (end func() []sample) {
	var (
		samples  []sample
		watching sync.WaitGroup
	)
	ended := make(chan struct{})
	take := func() {
		if s, err := look(); err == nil { // else nothing can be said of this machine
			samples = append(samples, s)
		}
	}
	take()
	watching.Go(func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-second.C:
				take()
			case <-ended:
				take()
				return
			}
		}
	})
	return func() []sample {
		close(ended)
		watching.Wait()
		return samples
	}
}

func look() (sample, error) {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return sample{}, err
	}
	stat, err := proc.Stat()
	if err != nil {
		return sample{}, err
	}
	cpu := stat.CPUTotal
	return sample{time.Now(), use{
		ours:   seconds(cpu.User + cpu.Nice + cpu.System + cpu.IRQ + cpu.SoftIRQ),
		stolen: seconds(cpu.Steal),
	}}, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
