package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/test/bench/role"
)

// raw is the least that probing takes: the system calls, and nothing that is done
// with their results.
func raw(o role.Options) error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	fmt.Println("ready")
	request := []byte("GET / HTTP/1.1\r\nHost: 127.1.0.1:8000\r\nConnection: close\r\n\r\n")
	const slot = 5 * time.Millisecond
	slots := int(o.Interval / slot)
	events, buffer := make([]unix.EpollEvent, 256), make([]byte, 4096)
	asked := map[int32]bool{}
	to := &unix.SockaddrInet4{Port: o.Port}
	linger := unix.Linger{Onoff: 1}
	begun := time.Now()
	for pass := 0; ; pass++ {
		for n := pass % slots * o.Targets / slots; n < (pass%slots+1)*o.Targets/slots; n++ {
			socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			_ = unix.SetsockoptLinger(socket, unix.SOL_SOCKET, unix.SO_LINGER, &linger)
			_ = unix.SetsockoptInt(socket, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
			to.Addr = role.Host(n).As4()
			_ = unix.Connect(socket, to)
			event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLET, Fd: int32(socket)}
			_ = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, socket, &event)
		}
		for next := begun.Add(time.Duration(pass+1) * slot); ; {
			wait := time.Until(next).Milliseconds()
			if wait < 0 {
				break
			}
			ready, _ := unix.EpollWait(epoll, events, int(wait))
			if ready <= 0 {
				break
			}
			for _, event := range events[:ready] {
				switch {
				case o.Kind == "tcp":
					_ = unix.Close(int(event.Fd))
				case !asked[event.Fd]:
					_, _ = unix.Write(int(event.Fd), request)
					asked[event.Fd] = true
				case event.Events&unix.EPOLLIN != 0:
					_, _ = unix.Read(int(event.Fd), buffer)
					_ = unix.Close(int(event.Fd))
					delete(asked, event.Fd)
				}
			}
		}
	}
}
