package proxy

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"

	"k8s.io/client-go/rest"
)

// Proxy is a running one, between one operator and the API server.
type Proxy struct {
	server   *httptest.Server
	upstream http.Handler
	door     *door
	journal  journal

	mu      sync.Mutex
	faults  []*Fault
	watches map[*watching]struct{}
}

// Fault decides what becomes of a call: it returns next, or something instead. It
// is called once for each call, in the order in which calls arrive.
type Fault func(call Call, next http.Handler) http.Handler

// Start starts a proxy on the loopback. Of the configuration it needs the address
// and the authority of the API server.
func Start(config *rest.Config) (*Proxy, error) {
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, fmt.Errorf("read the API server's address: %w", err)
	}
	transport, err := rest.TransportFor(&rest.Config{
		Host: config.Host, TLSClientConfig: rest.TLSClientConfig{CAData: config.CAData},
	})
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	p := &Proxy{watches: map[*watching]struct{}{}}
	p.upstream = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1, // a watch that waits for its buffer to fill is none
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = httptest.NewUnstartedServer(p)
	p.door = &door{Listener: p.server.Listener}
	p.server.Listener = p.door
	p.server.EnableHTTP2 = true
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, c)
	}
	p.server.StartTLS()
	return p, nil
}

// Stop ends all conversations.
func (p *Proxy) Stop() {
	p.CutWatches(func(Call) bool { return true })
	p.server.CloseClientConnections()
	p.server.Close()
}

// Config is a client configuration as the given one, through the proxy.
func (p *Proxy) Config(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Host = p.server.URL
	config.CAData = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	return config
}

// Use puts a fault in force until the returned function is called.
func (p *Proxy) Use(fault Fault) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := &fault
	p.faults = append(p.faults, entry)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = slices.DeleteFunc(p.faults, func(f *Fault) bool { return f == entry })
	}
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := callOf(r)
	handler := p.noted(call, p.upstream)
	p.mu.Lock()
	for _, fault := range slices.Backward(p.faults) {
		handler = (*fault)(call, handler)
	}
	p.mu.Unlock()
	if call.Verb == "watch" {
		handler = p.watched(call, handler)
	}
	handler.ServeHTTP(w, r)
}

// connectionKey is the context key of a request's connection.
type connectionKey struct{}

// cut ends the connection of a request without a word of TLS, and with it
// everything else that is said on it.
func cut(r *http.Request) {
	if c, ok := r.Context().Value(connectionKey{}).(net.Conn); ok {
		if outer, ok := c.(interface{ NetConn() net.Conn }); ok {
			c = outer.NetConn()
		}
		c.Close()
	}
	panic(http.ErrAbortHandler)
}
