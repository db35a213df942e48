package host

import (
	"fmt"
	"net"
	"net/http"
)

// serveHTTP answers every path with its status and the host's name.
func serveHTTP(name string, port Port, f *faults) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port.Number))
	if err != nil {
		return err
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		fault := f.of(port.Check || r.URL.Path == HealthPath)
		switch fault.Kind {
		case kindStatus:
			w.WriteHeader(fault.Status)
			fmt.Fprintln(w, name)
		case kindHang, kindReset, kindTrickle:
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			misbehave(connection, fault.Kind, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+name+"\n")
		case kindNone:
			w.WriteHeader(f.statusOf(r.URL.Path))
			fmt.Fprintln(w, name)
		}
	}
	go http.Serve(listener, http.HandlerFunc(handler))
	return nil
}
