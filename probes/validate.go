package probes

import (
	"fmt"
	"strings"
)

// Invalid returns the error of a field that does not meet a requirement, "tcp.send must be at
// most 8192 bytes". It holds no value of the field, which may be a secret.
func Invalid(field, requirement string) error {
	return fmt.Errorf("%s must be %s", field, requirement)
}

// IsVisible reports whether text consists of visible ASCII characters. A space or a line break
// would end the part of a request that contains the text.
func IsVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
