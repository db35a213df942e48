package v1alpha1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPayloadBytes(t *testing.T) {
	tests := []struct {
		name    string
		payload Payload
		want    []byte
		wantErr bool
	}{
		{name: "text stands for itself", payload: "PING\r\n", want: []byte("PING\r\n")},
		{name: "nothing", payload: "", want: []byte{}},
		{name: "bytes in base64", payload: "base64:AAH/", want: []byte{0, 1, 255}},
		{name: "no bytes in base64", payload: "base64:", want: []byte{}},
		{name: "padding is missing", payload: "base64:AA", wantErr: true},
		{name: "another alphabet", payload: "base64:AAH_", wantErr: true},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.payload.Bytes()
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v, want one: %v", err, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("bytes (-want +got):\n%s", diff)
			}
		})
	}
}
