package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// wellPort is where hosts are always healthy. All hosts, 127.1.0.0 and up, are behind one
// listener.
const wellPort = 8000

const page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

// farm answers for all hosts of one port, in one goroutine: it should cost as
// little as possible of the machine that the prober shares with it.
type farm struct {
	listener, epoll int
	// hangs says whether the host (127.1.x.y by its last two bytes) never answers.
	hangs func(n int) bool
}

func newFarm(port int, hangs func(int) bool) (*farm, error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	_ = unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err := unix.Bind(listener, &unix.SockaddrInet4{Port: port}); err != nil {
		return nil, fmt.Errorf("bind port %d: %w", port, err)
	}
	if err := unix.Listen(listener, 4096); err != nil {
		return nil, err
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := &farm{listener: listener, epoll: epoll, hangs: hangs}
	if err := f.watch(listener); err != nil {
		return nil, err
	}
	go f.serve()
	return f, nil
}

func (f *farm) watch(socket int) error {
	return unix.EpollCtl(f.epoll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(socket)})
}

// refuse has all connection attempts from now on be refused.
func (f *farm) refuse() { _ = unix.Close(f.listener) }

func (f *farm) serve() {
	events := make([]unix.EpollEvent, 256)
	buffer := make([]byte, 4096)
	silent := map[int32]bool{}
	for {
		ready, err := unix.EpollWait(f.epoll, events, -1)
		if err != nil {
			continue // EINTR
		}
		for _, event := range events[:ready] {
			if int(event.Fd) == f.listener {
				f.accept(silent)
				continue
			}
			length, err := unix.Read(int(event.Fd), buffer)
			if err == nil && length > 0 && silent[event.Fd] {
				continue
			}
			if err == nil && length > 0 {
				_, _ = unix.Write(int(event.Fd), []byte(page))
			}
			delete(silent, event.Fd)
			_ = unix.Close(int(event.Fd))
		}
	}
}

func (f *farm) accept(silent map[int32]bool) {
	for {
		socket, _, err := unix.Accept4(f.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		if f.hangs != nil {
			name, _ := unix.Getsockname(socket)
			if local, ok := name.(*unix.SockaddrInet4); ok && f.hangs(int(local.Addr[2])<<8|int(local.Addr[3])) {
				silent[int32(socket)] = true
			}
		}
		_ = f.watch(socket)
	}
}
