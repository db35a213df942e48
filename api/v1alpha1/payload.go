package v1alpha1

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// base64Prefix starts a Payload that is written in base64.
const base64Prefix = "base64:"

// Payload is what is sent to a host or expected from it: the text itself, or
// base64: and the bytes in standard base64 with padding. At most 1024 characters
// as written.
//
// +kubebuilder:validation:MaxLength=1024
// +kubebuilder:validation:XValidation:rule=`!self.startsWith('base64:') || self.matches('^base64:([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$')`,message=`must be text, or base64: and standard base64 with padding`
type Payload string

// Bytes returns the bytes of the payload.
func (p Payload) Bytes() ([]byte, error) {
	encoded, found := strings.CutPrefix(string(p), base64Prefix)
	if !found {
		return []byte(p), nil
	}

	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("payload after %q must be standard base64: %w", base64Prefix, err)
	}

	return decoded, nil
}
