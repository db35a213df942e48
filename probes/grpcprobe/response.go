package grpcprobe

import (
	"strings"

	"golang.org/x/net/http2"

	"github.com/external-endpoints/operator/probes"
)

// response judges a host's frames: headers, one message, trailers. It does no I/O.
type response struct {
	// greeted: the settings came that every HTTP/2 server sends first.
	greeted bool
	// answered: the headers came.
	answered bool
	message  []byte
}

// take takes the next frame. Once done is true the outcome is final.
func (c *response) take(frame http2.Frame) (outcome probes.Outcome, done bool) {
	if !c.greeted {
		if _, isSettings := frame.(*http2.SettingsFrame); !isSettings {
			return probes.Failed(probes.Protocol), true
		}
		c.greeted = true
	}
	switch frame := frame.(type) {
	case *http2.GoAwayFrame:
		if frame.LastStreamID < stream {
			return probes.Failed(probes.NotServing), true // it shuts down and will not answer
		}
	case *http2.RSTStreamFrame:
		return probes.Failed(probes.NotServing), true
	case *http2.MetaHeadersFrame:
		return c.takeHeaders(frame)
	case *http2.DataFrame:
		return c.takeData(frame)
	}
	return probes.Outcome{}, false
}

// takeHeaders takes the headers, or the trailers, or both in one as gRPC has it when
// a call fails.
func (c *response) takeHeaders(frame *http2.MetaHeadersFrame) (probes.Outcome, bool) {
	if frame.StreamID != stream || frame.Truncated {
		return probes.Failed(probes.Protocol), true
	}
	if !c.answered {
		status := frame.PseudoValue("status")
		switch {
		case strings.HasPrefix(status, "1"):
			return probes.Outcome{}, false
		case status != "200":
			// gRPC reads 404 as UNIMPLEMENTED and 503 as UNAVAILABLE: a proxy speaks
			// for a service that does not serve.
			return probes.Failed(probes.NotServing), true
		case !strings.HasPrefix(fieldOf(frame, "content-type"), "application/grpc"):
			return probes.Failed(probes.Protocol), true
		}
		c.answered = true
	}
	if !frame.StreamEnded() {
		return probes.Outcome{}, false
	}
	switch fieldOf(frame, "grpc-status") {
	case "0":
		return healthOutcome(c.message), true
	case "":
		return probes.Failed(probes.Protocol), true
	default:
		// UNIMPLEMENTED and NOT_FOUND, for a service that is not there, among them.
		return probes.Failed(probes.NotServing), true
	}
}

// takeData takes a part of the message.
func (c *response) takeData(frame *http2.DataFrame) (probes.Outcome, bool) {
	if frame.StreamID != stream || !c.answered || frame.StreamEnded() {
		return probes.Failed(probes.Protocol), true
	}
	c.message = append(c.message, frame.Data()...)
	if len(c.message) > probes.MaxResponse {
		return probes.Failed(probes.Protocol), true
	}
	return probes.Outcome{}, false
}

// fieldOf returns the first field of that name, or "".
func fieldOf(frame *http2.MetaHeadersFrame, name string) string {
	for _, field := range frame.RegularFields() {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}
