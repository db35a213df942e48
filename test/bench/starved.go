package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/bench/role"
)

// starved gives the engine less CPU than 10,000 probes a second take. No host may be
// taken down by that, and one that dies must still be found.
func (b *bench) starved() error {
	group, err := newCgroup()
	if errors.Is(err, errNoCgroup) {
		fmt.Fprintf(os.Stderr, "\n*** SKIPPED: starvation: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer group.remove()
	for _, kind := range []string{"tcp", "http"} {
		for _, core := range []float64{0.2, 0.1} {
			if b.quick && (kind == "tcp") != (core == 0.2) {
				continue
			}
			if err := b.starve(group, kind, core); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) starve(group *cgroup, kind string, core float64) error {
	dying, err := newFarm(diePort, nil)
	if err != nil {
		return err
	}
	o := b.options(setting{kind, 10_000})
	o.Dying, o.DeadPort = 1, diePort
	p, err := startEngine(o)
	if err != nil {
		return err
	}
	defer p.stop()
	<-time.After(b.window.warm)
	if err := errors.Join(group.add(p), group.limit(core)); err != nil {
		return err
	}
	b.see.reset()
	<-time.After(2 * b.window.measured)
	arrivals, down := len(b.see.seen()), countDown(p.said())

	died := time.Now()
	dying.refuse()
	found, others := p.await(b.patience(), func(text string) bool { return text == "Unhealthy "+role.Host(0).String() })
	if err := group.limit(2); err != nil {
		return err
	}
	p.input.Close()
	_, rest := p.await(5*time.Second, func(string) bool { return false })
	fmt.Printf("\nstarved to %.0f %% of a core, %s, 10,000 targets at 1 s: %d probes in %s\n", 100*core, kind, arrivals, 2*b.window.measured)
	b.bound("hosts falsely down", float64(down+countDown(others)), 0, 0)
	if found.IsZero() {
		found = died.Add(time.Hour)
	}
	for _, l := range rest {
		if strings.HasPrefix(l.text, "broken ") {
			fmt.Println("  " + l.text)
		}
	}
	b.bound("a host that refuses is found, s", found.Sub(died).Seconds(), b.patience().Seconds(), 10)
	return nil
}

// patience is how long a starved engine may take to find a dead host: its rounds
// take several times the interval.
func (b *bench) patience() time.Duration { return 30 * time.Second }

func countDown(lines []line) int {
	count := 0
	for _, l := range lines {
		if strings.HasPrefix(l.text, "Unhealthy ") && l.text != "Unhealthy "+role.Host(0).String() {
			count++
		}
	}
	return count
}
