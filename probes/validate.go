package probes

import (
	"fmt"
	"strings"
)

// Invalid says that a field "must be" something else than it is.
func Invalid(field, requirement string) error {
	return fmt.Errorf("%s must be %s", field, requirement)
}

// IsVisible reports whether text holds nothing but visible ASCII: no space and no
// line break, which would end the part of the request that it stands in.
func IsVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
