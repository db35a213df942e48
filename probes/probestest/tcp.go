package probestest

import (
	"bytes"
	"io"
	"net"

	"github.com/external-endpoints/operator/probes"
)

// Silent accepts connections and never says anything.
func Silent() Server { return Serve(drain) }

// Resets accepts connections and resets them at once.
func Resets() Server { return Serve(reset) }

// HangsUp accepts connections and closes them politely at once.
func HangsUp() Server { return Serve(func(net.Conn) {}) }

// Says sends text and keeps the connection open.
func Says(text string) Server {
	return Serve(func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		drain(conn)
	})
}

// SaysAndHangsUp sends text and closes the connection politely.
func SaysAndHangsUp(text string) Server {
	return Serve(func(conn net.Conn) { _, _ = io.WriteString(conn, text) })
}

// SaysAndHalfCloses sends text and says that it will send no more, but goes on reading.
func SaysAndHalfCloses(text string) Server {
	return Serve(func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		if stream, ok := conn.(*net.TCPConn); ok {
			_ = stream.CloseWrite()
		}
		drain(conn)
	})
}

// SaysInPieces sends each piece with a write of its own.
func SaysInPieces(pieces ...string) Server {
	return Serve(func(conn net.Conn) {
		for _, piece := range pieces {
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		}
		drain(conn)
	})
}

// Trickles sends text one byte at a time, too slowly for anyone to wait for its end.
func Trickles(text string) Server {
	return Serve(func(conn net.Conn) { trickle(conn, text) })
}

// Pours sends the same bytes without end.
func Pours(piece string) Server {
	return Serve(func(conn net.Conn) { pour(conn, []byte(piece)) })
}

// Echoes sends back what it gets.
func Echoes() Server {
	return Serve(func(conn net.Conn) { _, _ = io.Copy(conn, conn) })
}

// tcpCases are about TCP checks.
func tcpCases() []Case {
	connect := probes.Check{TCP: &probes.TCP{}}
	expect := func(want string) probes.Check {
		return probes.Check{TCP: &probes.TCP{Expect: []byte(want)}}
	}
	filler := func(size int) string { return string(bytes.Repeat([]byte("."), size)) }
	var letters []string
	for _, letter := range "220 mail ready" {
		letters = append(letters, string(letter))
	}
	long := filler(5000) + "ready"
	return []Case{
		{Sentence: "a listening port is enough for a TCP check", Server: Silent(), Check: connect},
		{Sentence: "a closed port refuses", Server: Closed, Check: connect, Want: probes.ConnectionRefused},
		{Sentence: "a port that answers no SYN is a connect timeout", Server: BlackHole, Check: connect, Want: probes.ConnectTimeout, Waits: true},
		{Sentence: "bytes may be sent without expecting any", Server: Silent(), Check: probes.Check{TCP: &probes.TCP{Send: []byte("QUIT\r\n")}}},

		{Sentence: "an expected banner is found", Server: Says("220 mail ready\r\n"), Check: expect("ready")},
		{Sentence: "a banner that comes letter by letter is found", Server: SaysInPieces(letters...), Check: expect("220 mail ready")},
		{Sentence: "expected bytes are found across the borders of reads", Server: SaysInPieces(filler(4094)+"re", "ady"), Check: expect("ready")},
		{Sentence: "expected bytes are found in a long answer that keeps coming", Server: Pours(long), Check: expect(long)},
		{Sentence: "expected bytes may end at the last byte looked at", Server: Says(filler(8<<10-5) + "ready"), Check: expect("ready")},
		{Sentence: "expected bytes beyond the first 8 KiB do not count", Server: Says(filler(8<<10-4) + "ready"), Check: expect("ready"), Want: probes.UnexpectedReply},
		{Sentence: "an endless answer without the expected bytes is an unexpected reply", Server: Pours(filler(1000)), Check: expect("ready"), Want: probes.UnexpectedReply},
		{Sentence: "an echo server echoes what is sent", Server: Echoes(), Check: probes.Check{TCP: &probes.TCP{Send: []byte("PING"), Expect: []byte("PING")}}},
		{Sentence: "an answer before a half-close counts", Server: SaysAndHalfCloses("ready"), Check: expect("ready")},
		{Sentence: "another answer and a half-close is an unexpected reply", Server: SaysAndHalfCloses("busy"), Check: expect("ready"), Want: probes.UnexpectedReply},
		{Sentence: "another answer and hanging up is an unexpected reply", Server: SaysAndHangsUp("busy"), Check: expect("ready"), Want: probes.UnexpectedReply},
		{Sentence: "another answer that leaves the connection open is an unexpected reply in the end", Server: Says("-NOAUTH Authentication required.\r\n"), Check: expect("+PONG"), Want: probes.UnexpectedReply, Waits: true},
		{Sentence: "hanging up without a word is a reset", Server: HangsUp(), Check: expect("ready"), Want: probes.Reset},
		{Sentence: "a reset instead of an answer is a reset", Server: Resets(), Check: expect("ready"), Want: probes.Reset},
		{Sentence: "silence instead of an answer is a timeout", Server: Silent(), Check: expect("ready"), Want: probes.Timeout, Waits: true},
		{Sentence: "an answer that trickles in is a timeout", Server: Trickles(filler(500)), Check: expect(filler(499) + "!"), Want: probes.Timeout, Waits: true},
	}
}
