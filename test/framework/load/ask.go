package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds what is read of an answer, which is a host's name.
const maxAnswer = 1 << 10

func askHTTP(dialer *net.Dialer, target *url.URL) ask {
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	return func(ctx context.Context) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
		if err != nil {
			return "", err
		}
		answer, err := client.Do(request)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err != nil {
			return "", err
		}
		if answer.StatusCode != http.StatusOK {
			return "", fmt.Errorf("%w: %s", errStatus, answer.Status)
		}
		return strings.TrimSpace(string(body)), nil
	}
}

// askTCP reads the greeting of a host.
func askTCP(dialer *net.Dialer, target string) ask {
	return converse(dialer, "tcp", target, func(connection net.Conn) (string, error) {
		return bufio.NewReader(io.LimitReader(connection, maxAnswer)).ReadString('\n')
	})
}

// askUDP sends a datagram; the answer begins with the host's name.
func askUDP(dialer *net.Dialer, target string) ask {
	return converse(dialer, "udp", target, func(connection net.Conn) (string, error) {
		if _, err := connection.Write([]byte("ping")); err != nil {
			return "", err
		}
		answer := make([]byte, maxAnswer)
		n, err := connection.Read(answer)
		host, _, _ := strings.Cut(string(answer[:n]), " ")
		return host, err
	})
}

// converse runs an exchange on a connection of its own, until the context's
// deadline.
func converse(dialer *net.Dialer, network, target string, exchange func(net.Conn) (string, error)) ask {
	return func(ctx context.Context) (string, error) {
		connection, err := dialer.DialContext(ctx, network, target)
		if err != nil {
			return "", err
		}
		defer connection.Close()
		if deadline, ok := ctx.Deadline(); ok {
			if err := connection.SetDeadline(deadline); err != nil {
				return "", err
			}
		}
		host, err := exchange(connection)
		return strings.TrimSpace(host), err
	}
}
