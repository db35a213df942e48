package proxy

import (
	"net"
	"sync/atomic"
)

// door is where connections come in, while it is open.
type door struct {
	net.Listener
	shut atomic.Bool
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil || !d.shut.Load() {
			return c, err
		}
		c.Close()
	}
}

// Shut makes the API server unreachable: all connections end, and new ones end
// as soon as they are made.
func (p *Proxy) Shut() {
	p.door.shut.Store(true)
	p.server.CloseClientConnections()
}

// Open ends what Shut began.
func (p *Proxy) Open() { p.door.shut.Store(false) }
