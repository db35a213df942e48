package grpcprobe

import (
	"strings"

	"golang.org/x/net/http2"

	"github.com/external-endpoints/operator/probes"
)

// response is the state machine that parses the frames of a call: headers, one message, trailers. It
// does no I/O.
type response struct {
	// hasSettings: the first frame, the settings of the server, has arrived.
	hasSettings bool
	// hasHeaders: the headers have arrived.
	hasHeaders bool
	message    []byte
}

// take parses the next frame. If done is true, the outcome is final.
func (r *response) take(frame http2.Frame) (outcome probes.Outcome, done bool) {
	if !r.hasSettings {
		if _, isSettings := frame.(*http2.SettingsFrame); !isSettings {
			return probes.Failed(probes.Protocol), true
		}
		r.hasSettings = true
	}
	switch frame := frame.(type) {
	case *http2.GoAwayFrame:
		if frame.LastStreamID < stream {
			return probes.Failed(probes.NotServing), true // the server shuts down without a response to this stream
		}
	case *http2.RSTStreamFrame:
		return probes.Failed(probes.NotServing), true
	case *http2.MetaHeadersFrame:
		return r.takeHeaders(frame)
	case *http2.DataFrame:
		return r.takeData(frame)
	}
	return probes.Outcome{}, false
}

// takeHeaders parses the headers, the trailers, or both in one frame, as gRPC sends them for a
// failed call.
func (r *response) takeHeaders(frame *http2.MetaHeadersFrame) (probes.Outcome, bool) {
	if frame.StreamID != stream || frame.Truncated {
		return probes.Failed(probes.Protocol), true
	}
	if !r.hasHeaders {
		status := frame.PseudoValue("status")
		switch {
		case strings.HasPrefix(status, "1"):
			return probes.Outcome{}, false
		case status != "200":
			// gRPC maps 404 to UNIMPLEMENTED and 503 to UNAVAILABLE: a proxy has responded in
			// place of a service that does not serve.
			return probes.Failed(probes.NotServing), true
		case !strings.HasPrefix(fieldOf(frame, "content-type"), "application/grpc"):
			return probes.Failed(probes.Protocol), true
		}
		r.hasHeaders = true
	}
	if !frame.StreamEnded() {
		return probes.Outcome{}, false
	}
	switch fieldOf(frame, "grpc-status") {
	case "0":
		return healthOutcome(r.message), true
	case "":
		return probes.Failed(probes.Protocol), true
	default:
		// Including UNIMPLEMENTED and NOT_FOUND for a missing service.
		return probes.Failed(probes.NotServing), true
	}
}

// takeData appends a part of the message.
func (r *response) takeData(frame *http2.DataFrame) (probes.Outcome, bool) {
	if frame.StreamID != stream || !r.hasHeaders || frame.StreamEnded() {
		return probes.Failed(probes.Protocol), true
	}
	r.message = append(r.message, frame.Data()...)
	if len(r.message) > probes.MaxResponse {
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
