package probes

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// CheckKey identifies a check by its content. Equal checks of different objects have equal
// keys, so their members share one target and one probe in flight.
type CheckKey [sha256.Size]byte

// Key returns the key of the check. The JSON encoding redacts secrets, so their text is
// appended. Each is preceded by its length: otherwise "ab", "c" and "a", "bc" would be equal.
func (c *Check) Key() CheckKey {
	type plain Check // without MarshalText, which redacts
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
