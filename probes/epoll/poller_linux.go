package epoll

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxEvents is how many sockets one system call reports: with more than it reports
// another call follows.
const maxEvents = 256

// poller is an epoll set on which a goroutine can wait without holding a thread.
type poller struct {
	descriptor int
	file       *os.File // keeps the descriptor registered with the runtime
	raw        syscall.RawConn
	ask        func(uintptr) bool
	alarm      time.Time

	events [maxEvents]unix.EpollEvent
	found  int       // events that wait has found already
	asked  time.Time // when it last looked
}

func newPoller() (*poller, error) {
	descriptor, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create an epoll set: %w", err)
	}
	// What is not blocking, package os takes for pollable.
	if err := unix.SetNonblock(descriptor, true); err != nil {
		return nil, fmt.Errorf("make an epoll set pollable: %w", err)
	}
	p := &poller{descriptor: descriptor, file: os.NewFile(uintptr(descriptor), "epoll")}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		return nil, fmt.Errorf("reach an epoll set: %w", err)
	}
	if err := p.file.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("wait for an epoll set: %w", err)
	}
	p.ask = func(uintptr) bool { return p.poll() > 0 }
	return p, nil
}

// watch reports the socket at each of the events, and when it fails; each once, until
// it happens again. Closing it ends that.
func (p *poller) watch(socket int, events uint32) error {
	event := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: int32(socket)}
	return unix.EpollCtl(p.descriptor, unix.EPOLL_CTL_ADD, socket, &event)
}

// poll returns how many sockets are ready now.
func (p *poller) poll() int {
	p.asked = time.Now()
	found, err := unix.EpollWait(p.descriptor, p.events[:], 0)
	if err != nil {
		found = 0 // EINTR: the caller polls again
	}
	p.found = found
	return found
}

// ready returns the sockets that are ready, and the time of which that is true.
// complete is false when there may be more.
func (p *poller) ready() (events []unix.EpollEvent, asked time.Time, complete bool) {
	if p.found == 0 {
		p.poll()
	}
	events = p.events[:p.found]
	p.found = 0
	return events, p.asked, len(events) < maxEvents
}

// setAlarm has wait return at that time. Only that and interrupt may be called
// while another goroutine waits.
func (p *poller) setAlarm(now, at time.Time) {
	// The one before may ring first: that costs less than moving it at every probe.
	if p.alarm.After(now) && !p.alarm.After(at) {
		return
	}
	p.alarm = at
	_ = p.file.SetReadDeadline(at) // fails on a closed file only
}

// quiet cancels the alarm when no probe is in flight, so that it does not wake the process.
func (p *poller) quiet(now time.Time) {
	if p.alarm.After(now) {
		p.alarm = time.Time{}
		_ = p.file.SetReadDeadline(p.alarm)
	}
}

// interrupt has wait return now.
func (p *poller) interrupt() {
	p.alarm = time.Unix(1, 0)
	_ = p.file.SetReadDeadline(p.alarm)
}

// wait returns when a socket is ready, at the alarm, or when interrupted.
func (p *poller) wait() { _ = p.raw.Read(p.ask) }
