package probes

import (
	"encoding/base64"
	"errors"
	"strings"
)

// ParseBytes reads a send or expect string: "base64:..." is decoded (standard
// alphabet, padded), any other text stands for itself.
func ParseBytes(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, "base64:")
	if !found {
		return []byte(text), nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		// The decoder's error is left out: it would quote what may be a password.
		return nil, errors.New(`must be padded standard base64 after "base64:"`)
	}
	return decoded, nil
}
