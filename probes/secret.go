package probes

import (
	"fmt"
)

// redacted replaces a secret in every formatted or encoded value.
const redacted = "[redacted]"

// Secret is text that is sent to hosts only. Every format verb, encoder and logger prints
// [redacted]; string(s) is the text itself.
type Secret string

// Format implements fmt.Formatter, for every verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler, which JSON and loggers use.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// secrets returns all secrets of the check in a fixed order.
func (c *Check) secrets() []Secret {
	var all []Secret
	if c.HTTP != nil {
		for _, header := range c.HTTP.Headers {
			all = append(all, header.Value)
		}
		all = append(all, c.HTTP.TLS.secrets()...)
	}
	if c.GRPC != nil {
		all = append(all, c.GRPC.TLS.secrets()...)
	}
	if c.TLS != nil {
		all = append(all, c.TLS.secrets()...)
	}
	return all
}

func (c *ClientTLS) secrets() []Secret {
	if c == nil {
		return nil
	}
	return []Secret{c.ClientCertificate, c.ClientKey}
}

// Format implements fmt.Formatter. A field such as CABundle may hold a private key by mistake
// of the user, so only the kind of the check is printed.
func (c Check) Format(state fmt.State, _ rune) { fmt.Fprintf(state, "%s check", c.Kind()) }

// MarshalText implements encoding.TextMarshaler.
func (c Check) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%s check", c.Kind()), nil }
