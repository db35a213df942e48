package access

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// telltale is a host at the node's address that says a canary in every way there is.
type telltale struct {
	net.Listener

	port int32
}

// telltale listens on a port of the node, until the test ends.
func (w *World) telltale(t *testing.T, port int32) telltale {
	t.Helper()
	h := telltale{port: port}
	err := w.Cluster.Node().Do(func() (err error) {
		h.Listener, err = net.ListenTCP("tcp", &net.TCPAddr{IP: w.Cluster.Node().IPv4.AsSlice(), Port: int(port)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// answers gives every connection to handle, which is to leave it open: a host that hangs
// up gets another reason.
func (h telltale) answers(handle func(net.Conn)) telltale {
	go func() {
		for {
			conn, err := h.Accept()
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
	return h
}

// says says the text to whoever comes.
func (h telltale) says(text string) telltale {
	return h.answers(func(conn net.Conn) { _, _ = conn.Write([]byte(text)) })
}

// replies says the text to whoever sends a request, which seen gets, if there is one.
func (h telltale) replies(text string, seen func(*http.Request, *tls.Conn)) telltale {
	return h.answers(func(conn net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		if secure, ok := conn.(*tls.Conn); ok && seen != nil {
			seen(request, secure)
		}
		_, _ = conn.Write([]byte(text))
	})
}

// within has the host speak TLS, and ask for a client's certificate.
func (h telltale) within(certificate, key string) telltale {
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		panic(err) // we have just made it
	}
	h.Listener = tls.NewListener(h.Listener, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	return h
}

// calls answers every gRPC call with an error that has these words.
func (h telltale) calls(t *testing.T, words string) {
	t.Helper()
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return status.Error(codes.Internal, words) }))
	go server.Serve(h.Listener)
	t.Cleanup(server.Stop)
}

// datagrams answers every datagram to a port of the node with the text.
func (w *World) datagrams(t *testing.T, port int, text string) {
	t.Helper()
	var socket *net.UDPConn
	err := w.Cluster.Node().Do(func() (err error) {
		socket, err = net.ListenUDP("udp", &net.UDPAddr{IP: w.Cluster.Node().IPv4.AsSlice(), Port: port})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		for datagram := make([]byte, 64<<10); ; {
			_, from, err := socket.ReadFrom(datagram)
			if err != nil {
				return
			}
			_, _ = socket.WriteTo([]byte(text), from)
		}
	}()
}

// certified makes a certificate with the word wherever there may be text, signed by
// itself. It is its own authority.
func certified(t *testing.T, word string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: word, Organization: []string{word}, Locality: []string{word}},
		DNSNames:     []string{"db.example.com", word + ".example.com"},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var certificateText, keyText strings.Builder
	for text, block := range map[*strings.Builder]*pem.Block{
		&certificateText: {Type: "CERTIFICATE", Bytes: raw}, &keyText: {Type: "PRIVATE KEY", Bytes: encoded},
	} {
		if err := pem.Encode(text, block); err != nil {
			t.Fatal(err)
		}
	}
	return certificateText.String(), keyText.String()
}
