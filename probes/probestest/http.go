package probestest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// Answers reads an HTTP request and answers it with text, status line and all, word
// for word. It keeps the connection open.
func Answers(text string) Server {
	return afterRequest(func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		drain(conn)
	})
}

// AnswersInPieces is Answers with a write for each byte.
func AnswersInPieces(text string) Server {
	return afterRequest(func(conn net.Conn) {
		for _, b := range []byte(text) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
		}
		drain(conn)
	})
}

// AnswersAndHangsUp is Answers, and closes politely.
func AnswersAndHangsUp(text string) Server {
	return afterRequest(func(conn net.Conn) { _, _ = io.WriteString(conn, text) })
}

// AnswersAndTrickles answers with text at once, and the rest one byte at a time.
func AnswersAndTrickles(text, rest string) Server {
	return afterRequest(func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		trickle(conn, rest)
	})
}

// AnswersAndPours answers with text, and piece after piece without end.
func AnswersAndPours(text, piece string) Server {
	return afterRequest(func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		pour(conn, []byte(piece))
	})
}

// afterRequest handles connections on which an HTTP request was read.
func afterRequest(handle func(net.Conn)) Server {
	return Serve(func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			handle(conn)
		}
	})
}

// HTTP serves with net/http, a real server beside all the imitations.
func HTTP(handler http.HandlerFunc) Server {
	return func(t testing.TB) netip.AddrPort {
		t.Helper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen on loopback: %v", err)
		}
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { server.Close() })
		return addrPort(listener.Addr())
	}
}

// OK answers 200 with a body of known length.
func OK(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// Status answers with a status and no body.
func Status(status int) string {
	return fmt.Sprintf("HTTP/1.1 %d Something\r\nContent-Length: 0\r\n\r\n", status)
}

// Chunked answers 200 with a body in these chunks.
func Chunked(chunks ...string) string {
	var text strings.Builder
	text.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, chunk := range chunks {
		fmt.Fprintf(&text, "%x\r\n%s\r\n", len(chunk), chunk)
	}
	return text.String() + "0\r\n\r\n"
}
