package epoll_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// hostile is a host that does harm to whoever listens to it for too long or believes
// too much of what it says.
type hostile struct {
	sentence string
	check    probes.Check
	behave   func(net.Conn)
	want     probes.Reason
	// silent: nothing but the timeout ends a probe of it.
	silent bool

	most atomic.Int64 // the most bytes that one connection took
}

const (
	// mostTaken is how much a host gets rid of before it is cut off: what is read of it
	// (256 KiB for a chain of certificates, else far less), and what fits into the
	// kernel's buffers meanwhile. Those that have 10 GB to say would never end.
	mostTaken = 1 << 20
	// mostHeap is what all of them together may leave on the heap.
	mostHeap = 16 << 20
	// mostHeapDuring bounds the heap while they are being asked, garbage included.
	mostHeapDuring = 64 << 20
)

// hostiles is everybody of row 18, and some of their relatives.
func hostiles(t *testing.T) []*hostile {
	authority := probestest.NewAuthority(t)
	body := get()
	body.HTTP.Contains = "ok"
	within := func(name string, check probes.Check) probes.Check {
		http := *check.HTTP
		http.TLS = &probes.ClientTLS{CABundle: authority.Bundle, ServerName: name}
		return probes.Check{HTTP: &http}
	}
	secure := within(probestest.ServerName, body)
	banner := probes.Check{TCP: &probes.TCP{Expect: []byte("ready")}}
	health := probes.Check{GRPC: &probes.GRPC{}}
	noise := strings.Repeat("x", 16<<10)
	const ok, long = "HTTP/1.1 200 OK\r\n", "Content-Length: 10737418240\r\n\r\n"
	year := authority.Issue(365 * 24 * time.Hour)
	return []*hostile{
		{sentence: "says nothing", check: get(), behave: listens, want: probes.Timeout, silent: true},
		{sentence: "says a byte a second", check: get(), behave: probestest.Dripping(ok + long), want: probes.Timeout, silent: true},
		{sentence: "says a byte of its body a second", check: body, behave: after(ok+long, probestest.Dripping(noise)), want: probes.Timeout, silent: true},
		{sentence: "stalls in the handshake", check: secure, behave: listens, want: probes.Timeout, silent: true},
		{sentence: "stalls after the handshake", check: secure, behave: secured(year, listens), want: probes.Timeout, silent: true},
		{sentence: "stalls in a call", check: health, behave: listens, want: probes.Timeout, silent: true},
		{sentence: "has 10 GB to say", check: body, behave: probestest.Pouring(ok+long, noise), want: probes.UnexpectedBody},
		{sentence: "has 10 GB to say in chunks", check: body, behave: probestest.Pouring(ok+"Transfer-Encoding: chunked\r\n\r\n", "4000\r\n"+noise+"\r\n"), want: probes.UnexpectedBody},
		{sentence: "has 10 GB to say in secret", check: secure, behave: secured(year, probestest.Pouring(ok+long, noise)), want: probes.UnexpectedBody},
		{sentence: "has a chunk size of 10 GB", check: body, behave: probestest.Pouring(ok+"Transfer-Encoding: chunked\r\n\r\n1;", noise), want: probes.Protocol},
		{sentence: "has a header of 10 GB", check: get(), behave: probestest.Pouring(ok+"X: ", noise), want: probes.Protocol},
		{sentence: "has 10 GB of headers", check: get(), behave: probestest.Pouring(ok, "X: "+noise[:1000]+"\r\n"), want: probes.Protocol},
		{sentence: "has 10 GB of early hints", check: get(), behave: probestest.Pouring("", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100)), want: probes.Protocol},
		{sentence: "has a greeting of 10 GB", check: banner, behave: probestest.Pouring("", noise), want: probes.UnexpectedReply},
		{sentence: "sends a gzip bomb", check: body, behave: probestest.Pouring(ok+"Content-Encoding: gzip\r\n"+long, probestest.GzipBomb()), want: probes.UnexpectedBody},
		{sentence: "has 10 GB of settings", check: health, behave: probestest.Pouring("", strings.Repeat("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 100)), want: probes.Protocol},
		{sentence: "has 10 GB of pings", check: health, behave: probestest.Pouring("\x00\x00\x00\x04\x00\x00\x00\x00\x00", strings.Repeat("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678", 100)), want: probes.Protocol},
		{sentence: "has a header block of 10 GB in continuations", check: health,
			behave: probestest.Pouring("\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01", "\x00\x40\x00\x09\x00\x00\x00\x00\x01"+noise), want: probes.Protocol},
		{sentence: "has a handshake of 16 MB a message", check: secure, behave: probestest.Pouring("", "\x16\x03\x03\x40\x00\x02\xff\xff\xff"+noise[:0x4000-4]), want: probes.TLSHandshake},
		{sentence: "has a chain of a thousand certificates", check: secure, behave: secured(endlessChain(year), listens), want: probes.TLSHandshake},
		{sentence: "has an expired certificate", check: secure, behave: secured(authority.Issue(-time.Hour), listens), want: probes.CertificateInvalid},
		{sentence: "has a certificate for another name", check: within("other.example.com", body), behave: secured(year, listens), want: probes.CertificateInvalid},
		{sentence: "resets", check: get(), behave: resets, want: probes.Reset},
	}
}

// TestRow18HostileHostsAreToldApartAndCutOff has an engine ask them all, and
// some who are well, in both ways to run probes.
func TestRow18HostileHostsAreToldApartAndCutOff(t *testing.T) {
	for name, runner := range runners(t) {
		t.Run(name, func(t *testing.T) {
			all := hostiles(t)
			before := heapInUse()
			plan := engine.Plan{Key: engine.Key{Namespace: "shop", Name: "orders"}}
			for i, h := range all {
				h.check.Timeout = 20 * time.Second
				if h.silent {
					h.check.Timeout = 300 * time.Millisecond
				}
				plan.Members = append(plan.Members, watched(i, probestest.Serve(h.counted)(t), &h.check))
			}
			const well = 20
			for i := range well {
				check := get()
				check.Timeout = 20 * time.Second
				plan.Members = append(plan.Members, watched(len(all)+i, probestest.Answers(probestest.OK("ok"))(t), &check))
			}
			e := runEngine(t, runner)
			if err := e.Apply(plan); err != nil {
				t.Fatal(err)
			}

			peak := uint64(0)
			eventually(t, func() error {
				peak = max(peak, heapInUse())
				verdicts := e.Verdicts(plan.Key)
				for i, h := range all {
					if v := verdicts[plan.Members[i].ID]; v.State != health.Unhealthy {
						return fmt.Errorf("a host that %s is %s, its run is %+v", h.sentence, v.State, v.Run)
					}
				}
				return nil
			})
			verdicts := e.Verdicts(plan.Key)
			for i, h := range all {
				v := verdicts[plan.Members[i].ID]
				if v.Reason != h.want {
					t.Errorf("a host that %s is out because of %s, want %s", h.sentence, v.Reason, h.want)
				}
				t.Logf("%-50s %s, got rid of %d KiB at a time", h.sentence, v.Reason, h.most.Load()>>10)
				if most := h.most.Load(); most > mostTaken {
					t.Errorf("a host that %s got rid of %d bytes, at most %d may be taken", h.sentence, most, mostTaken)
				}
			}
			for _, member := range plan.Members[len(all):] {
				if v := verdicts[member.ID]; v.State != health.Healthy || v.Failing() {
					t.Errorf("a host that is well is %+v", v)
				}
			}
			runtime.GC()
			if grown := int64(heapInUse()) - int64(before); grown > mostHeap {
				t.Errorf("the heap has grown by %d bytes, want at most %d", grown, mostHeap)
			}
			if int64(peak)-int64(before) > mostHeapDuring {
				t.Errorf("the heap grew by %d bytes for a while, want at most %d", peak-before, mostHeapDuring)
			}
		})
	}
}

// counted has the host misbehave, and takes down how much of it was taken.
func (h *hostile) counted(conn net.Conn) {
	// What lies in our own buffer was not taken by anybody.
	_ = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	c := &counting{Conn: conn}
	h.behave(c)
	for {
		most := h.most.Load()
		if c.written <= most || h.most.CompareAndSwap(most, c.written) {
			return
		}
	}
}

// counting counts what is written to a connection.
type counting struct {
	net.Conn

	written int64
}

func (c *counting) Write(data []byte) (int, error) {
	n, err := c.Conn.Write(data)
	c.written += int64(n)
	return n, err
}

// listens reads until the other side closes.
func listens(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// resets does so when it has been asked, and not before: to read nothing and to close is
// a reset as well.
func resets(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }

// after says the text at once and goes on in that way.
func after(text string, then func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, text); err == nil {
			then(conn)
		}
	}
}

// secured does that within TLS.
func secured(certificate tls.Certificate, behave func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})
		if secure.Handshake() == nil {
			behave(secure)
		}
		listens(conn)
	}
}

// endlessChain has a certificate followed by itself a thousand times.
func endlessChain(certificate tls.Certificate) tls.Certificate {
	for range 1000 {
		certificate.Certificate = append(certificate.Certificate, certificate.Certificate[0])
	}
	return certificate
}
