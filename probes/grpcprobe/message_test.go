package grpcprobe

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"
)

func TestHealthRequestEqualsProtocolBuffers(t *testing.T) {
	for _, service := range []string{"", "orders", strings.Repeat("x", 300)} {
		want, err := proto.Marshal(&healthv1.HealthCheckRequest{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		got := appendHealthRequest(nil, service)
		if length := int(binary.BigEndian.Uint32(got[1:])); got[0] != 0 || length != len(want) || !bytes.Equal(got[grpcPrefix:], want) {
			t.Errorf("service of %d bytes: %x, want a prefix and %x", len(service), got, want)
		}
	}
}

// FuzzHealthResponse compares our reader of the message with the real one.
func FuzzHealthResponse(f *testing.F) {
	for _, message := range []string{"", "\x08\x01", "\x08\x02", "\x08\x01\x08\x00", "\x12\x03abc\x08\x01", "\x0d\x01\x02\x03\x04", "\x08", "\x09\x01"} {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var response healthv1.HealthCheckResponse
		if proto.Unmarshal(message, &response) != nil {
			// Ours reads less strictly what is not ours, unknown groups for one; it is
			// enough that it does not panic.
			servingStatus(message)
			return
		}
		status, valid := servingStatus(message)
		if valid && int32(status) != int32(response.GetStatus()) {
			t.Errorf("status is %d, want %d", status, response.GetStatus())
		}
	})
}
