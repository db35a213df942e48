package probes

import (
	"strings"

	"golang.org/x/net/http2"
)

// grpcCall judges a host's frames: headers, one message, trailers. It does no I/O.
type grpcCall struct {
	// greeted: the settings came that every HTTP/2 server sends first.
	greeted bool
	// answered: the headers came.
	answered bool
	message  []byte
}

// take takes the next frame. Once done is true the outcome is final.
func (c *grpcCall) take(frame http2.Frame) (outcome Outcome, done bool) {
	if !c.greeted {
		if _, isSettings := frame.(*http2.SettingsFrame); !isSettings {
			return Failed(Protocol), true
		}
		c.greeted = true
	}
	switch frame := frame.(type) {
	case *http2.GoAwayFrame:
		if frame.LastStreamID < grpcStream {
			return Failed(NotServing), true // it shuts down and will not answer
		}
	case *http2.RSTStreamFrame:
		return Failed(NotServing), true
	case *http2.MetaHeadersFrame:
		return c.takeHeaders(frame)
	case *http2.DataFrame:
		return c.takeData(frame)
	}
	return Outcome{}, false
}

// takeHeaders takes the headers, or the trailers, or both in one as gRPC has it when
// a call fails.
func (c *grpcCall) takeHeaders(frame *http2.MetaHeadersFrame) (Outcome, bool) {
	if frame.StreamID != grpcStream || frame.Truncated {
		return Failed(Protocol), true
	}
	if !c.answered {
		status := frame.PseudoValue("status")
		switch {
		case strings.HasPrefix(status, "1"):
			return Outcome{}, false
		case status != "200":
			// gRPC reads 404 as UNIMPLEMENTED and 503 as UNAVAILABLE: a proxy speaks
			// for a service that does not serve.
			return Failed(NotServing), true
		case !strings.HasPrefix(fieldOf(frame, "content-type"), "application/grpc"):
			return Failed(Protocol), true
		}
		c.answered = true
	}
	if !frame.StreamEnded() {
		return Outcome{}, false
	}
	switch fieldOf(frame, "grpc-status") {
	case "0":
		return healthOutcome(c.message), true
	case "":
		return Failed(Protocol), true
	default:
		// UNIMPLEMENTED and NOT_FOUND, for a service that is not there, among them.
		return Failed(NotServing), true
	}
}

// takeData takes a part of the message.
func (c *grpcCall) takeData(frame *http2.DataFrame) (Outcome, bool) {
	if frame.StreamID != grpcStream || !c.answered || frame.StreamEnded() {
		return Failed(Protocol), true
	}
	c.message = append(c.message, frame.Data()...)
	if len(c.message) > maxReply {
		return Failed(Protocol), true
	}
	return Outcome{}, false
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
