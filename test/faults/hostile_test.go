package faults

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/probestest"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// hostility is how a host does harm to whoever asks it, and what it is out for.
type hostility struct {
	behave func(net.Conn)
	reason string
}

const (
	// mostMemory is what the whole operator may take, as with 10,000 hosts that are well.
	mostMemory = 150 << 20
	// ofEach is how many hosts there are of each kind.
	ofEach = 15
	// firstHostile is the number of the first; those before it may be well.
	firstHostile = 10
)

// hostilities are those over plain HTTP and those over TLS.
func hostilities(t *testing.T, authority *probestest.Authority) (plain, secure []hostility) {
	const ok, long = "HTTP/1.1 200 OK\r\n", "Content-Length: 10737418240\r\n\r\n"
	noise := strings.Repeat("x", 16<<10)
	within := func(certificate tls.Certificate) func(net.Conn) {
		return func(conn net.Conn) {
			tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
		}
	}
	return []hostility{
			{func(net.Conn) {}, "Timeout"},
			{probestest.Dripping(ok + long), "Timeout"},
			{probestest.Pouring(ok+long, noise), "UnexpectedBody"},
			{probestest.Pouring(ok, "X: "+noise[:1000]+"\r\n"), "Protocol"},
			{probestest.Pouring(ok+"Content-Encoding: gzip\r\n"+long, probestest.GzipBomb()), "UnexpectedBody"},
		}, []hostility{
			{func(net.Conn) {}, "Timeout"},
			{within(authority.Issue(-time.Hour)), "CertificateInvalid"},
			{within(probestest.NewAuthority(t).Issue(time.Hour)), "CertificateInvalid"},
			{probestest.Pouring("", "\x16\x03\x03\x40\x00\x02\xff\xff\xff"+noise[:0x4000-4]), "TLSHandshake"},
		}
}

// TestHostileHostsDoNotAffectHealthyOnes has a Service of three hosts that are
// well and many that are not just dead: they keep who asks them busy, in every way.
func TestHostileHostsDoNotAffectHealthyOnes(t *testing.T) {
	t.Parallel()
	w, authority := newWorld(t), probestest.NewAuthority(t)
	plain, secure := hostilities(t, authority)
	var asked atomic.Int32
	certificate := authority.Issue(time.Hour)
	well := func(conn net.Conn) {
		asked.Add(1)
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.WriteString(conn, probestest.OK("ok"))
		}
	}
	for n := 1; n <= 3; n++ {
		w.listen(t, n, w.Port, well)
		w.listen(t, n, securePort(w), func(conn net.Conn) {
			well(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		})
	}
	cleartext := &v1alpha1.HTTPCheck{Path: "/", ExpectedBody: &v1alpha1.ExpectedBody{Contains: "ok"}}
	https := cleartext.DeepCopy()
	https.Scheme, https.TLS = v1alpha1.SchemeHTTPS, &v1alpha1.TLSSettings{TLSVerification: v1alpha1.TLSVerification{
		ServerName: probestest.ServerName, CABundle: authority.Bundle,
	}}
	first, second := w.among(t, service, w.Port, cleartext, plain), w.among(t, service+"-tls", securePort(w), https, secure)
	w.start(t, install.Options{})
	w.Create(t, first)
	w.Create(t, second)
	waits.Eventually(t, waits.Timeout, func() error {
		return errors.Join(w.told(t, first, plain), w.told(t, second, secure), w.served(hostAddresses(3)))
	})

	before, window := asked.Load(), 5*time.Second
	waits.Always(t, window, func() error { return w.served(hostAddresses(3)) })
	// Each of the 6 is due twice a second; on a busy machine half of that is enough.
	if got, least := asked.Load()-before, int32(6*window/time.Second); got < least {
		t.Errorf("those that are well were asked %d times in %s, want at least %d", got, window, least)
	}
	if err := errors.Join(w.told(t, first, plain), w.told(t, second, secure)); err != nil {
		t.Error(err)
	}
	memory, err := w.Operator.PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	if memory > mostMemory {
		t.Errorf("the operator took %d MiB, at most %d are allowed", memory>>20, mostMemory>>20)
	}
	t.Logf("measured: %d hostile hosts beside 3: those asked %d times in %s, none was out, %d MiB at most",
		ofEach*(len(plain)+len(secure)), asked.Load()-before, window, memory>>20)
	w.audit(t, promise{always: hostAddresses(3), never: hostAddresses(firstHostile - 1 + ofEach*len(plain))[firstHostile-1:]})
}

// securePort is where the hosts of the world speak TLS.
func securePort(w *World) int32 { return w.Port + 1000 }

// among is an object of the three that are well and so many of each of the others, which
// begin to listen.
func (w *World) among(t *testing.T, name string, port int32, check *v1alpha1.HTTPCheck, others []hostility) *v1alpha1.ExternalService {
	t.Helper()
	o := w.unchecked(3)
	o.Name, o.Spec.Ports[0].TargetPort = name, port
	o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "500ms", FastInterval: "250ms", Timeout: "500ms", HTTP: check}
	for i := range ofEach * len(others) {
		o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: hostAddress(firstHostile + i)})
		w.listen(t, firstHostile+i, port, others[i%len(others)].behave)
	}
	return o
}

// told returns nil when the status says of each host what is true of it.
func (w *World) told(t *testing.T, o *v1alpha1.ExternalService, others []hostility) error {
	t.Helper()
	current := &v1alpha1.ExternalService{}
	if !w.get(t, o.Name, current) || len(current.Status.Endpoints) != len(o.Spec.Hosts) {
		return fmt.Errorf("the status of %s tells of %d hosts, want %d", o.Name, len(current.Status.Endpoints), len(o.Spec.Hosts))
	}
	wanted := map[string]string{}
	for i := range ofEach * len(others) {
		wanted[hostAddress(firstHostile+i)] = others[i%len(others)].reason
	}
	for _, e := range current.Status.Endpoints {
		if reason := wanted[e.Address]; e.Reason != reason || e.Published != (reason == "") {
			return fmt.Errorf("%s: %s is %s because of %q, published: %t, want %q", o.Name, e.Address, e.State, e.Reason, e.Published, reason)
		}
	}
	return nil
}

// listen has the n-th host handle connections on a port, until the test ends. A
// connection stays open until the other side closes it.
func (w *World) listen(t *testing.T, n int, port int32, handle func(net.Conn)) {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", hostAddress(n), port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
}
