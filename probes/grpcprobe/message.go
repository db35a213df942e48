package grpcprobe

import (
	"encoding/binary"

	"github.com/external-endpoints/operator/probes"
)

// The two messages of grpc.health.v1 have one field each, with number 1:
//
//	message HealthCheckRequest  { string service = 1; }
//	message HealthCheckResponse { ServingStatus status = 1; }  // SERVING = 1
//
// The gRPC prefix of a message is a flag (0: not compressed) and the length in four bytes.
const (
	grpcPrefix   = 5
	serviceTag   = 1<<3 | wireBytes
	statusTag    = 1<<3 | wireVarint
	statusServes = 1
)

// Wire types of protocol buffers.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// appendHealthRequest appends a HealthCheckRequest with its gRPC prefix.
func appendHealthRequest(buffer []byte, service string) []byte {
	var message []byte
	if service != "" {
		message = binary.AppendUvarint([]byte{serviceTag}, uint64(len(service)))
		message = append(message, service...)
	}
	buffer = append(buffer, 0)
	buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(message))) // bounded by newGRPC
	return append(buffer, message...)
}

// healthOutcome returns the outcome of a HealthCheckResponse with its gRPC prefix. A compressed
// message violates the protocol, since the request offers no compression.
func healthOutcome(prefixed []byte) probes.Outcome {
	if len(prefixed) < grpcPrefix || prefixed[0] != 0 {
		return probes.Failed(probes.Protocol)
	}
	message := prefixed[grpcPrefix:]
	if uint64(binary.BigEndian.Uint32(prefixed[1:])) != uint64(len(message)) {
		return probes.Failed(probes.Protocol)
	}
	status, valid := servingStatus(message)
	switch {
	case !valid:
		return probes.Failed(probes.Protocol)
	case status != statusServes:
		return probes.Failed(probes.NotServing)
	default:
		return probes.Succeeded()
	}
}

// servingStatus returns the last status in a message, as protocol buffers require, and skips unknown
// fields.
func servingStatus(message []byte) (status uint64, valid bool) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return 0, false
		}
		message = message[n:]
		value, length := fieldValue(message, tag&7)
		if length < 0 {
			return 0, false
		}
		if tag == statusTag {
			status = value
		}
		message = message[length:]
	}
	return status, true
}

// fieldValue returns the value of a varint field, 0 for other fields, and the length of the field in
// bytes; -1 if message is shorter.
func fieldValue(message []byte, wireType uint64) (value uint64, length int) {
	switch wireType {
	case wireVarint:
		if value, length = binary.Uvarint(message); length <= 0 {
			return 0, -1
		}
	case wire64:
		length = 8
	case wireBytes:
		size, n := binary.Uvarint(message)
		if n <= 0 || size > uint64(len(message)) {
			return 0, -1
		}
		length = n + int(size)
	case wire32:
		length = 4
	default:
		return 0, -1
	}
	if length > len(message) {
		return 0, -1
	}
	return value, length
}
