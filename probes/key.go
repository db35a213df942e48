package probes

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// CheckKey identifies a check by its content: equal checks have equal keys,
// whoever asks for them. That is what lets two owners share one probe.
type CheckKey [sha256.Size]byte

// Key returns the check's identity. Secrets count by their text, which the encoding
// does not show; each is preceded by its length, so that they cannot run together.
func (c *Check) Key() CheckKey {
	type plain Check // without the methods that show less
	encoded, err := json.Marshal((*plain)(c))
	if err != nil {
		panic(fmt.Sprintf("probes: a Check holds only plain data, yet does not encode: %v", err))
	}
	for _, secret := range c.secrets() {
		encoded = binary.AppendUvarint(encoded, uint64(len(secret)))
		encoded = append(encoded, secret...)
	}
	return sha256.Sum256(encoded)
}
