package probes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/probes"
)

// canary is in every secret below.
const canary = "canary"

// get is an HTTP check for 200.
func get() probes.Check {
	return probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Statuses: []probes.StatusRange{{First: 200, Last: 200}}}}
}

// secretive has a canary wherever a check may hold what was read from a Secret.
func secretive() *probes.Check {
	check := get()
	check.HTTP.Headers = []probes.Header{{Name: "Authorization", Value: canary}}
	check.HTTP.TLS = &probes.ClientTLS{CABundle: canary, ClientCertificate: canary, ClientKey: canary}
	return &check
}

func TestSecretIsRedacted(t *testing.T) {
	check := secretive()
	grpc := &probes.Check{GRPC: &probes.GRPC{TLS: check.HTTP.TLS}}
	handshake := &probes.Check{TLS: &probes.TLS{ClientTLS: *check.HTTP.TLS}}
	values := []any{
		probes.Secret(canary), check.HTTP.Headers, check.HTTP.Headers[0], check, *check, grpc, *grpc, handshake, *handshake,
		struct{ Check probes.Check }{*check}, map[string]any{"check": check},
	}
	for i, value := range values {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "value", value)
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%v %+v %#v %s %q %x %s", value, value, value, value, value, value, encoded) + fmt.Sprint(value) + log.String()
		if strings.Contains(shown, canary) || strings.Contains(shown, fmt.Sprintf("%x", canary)) {
			t.Errorf("value %d, %T, shows it: %s", i, value, shown)
		}
	}
}

// Whatever a check holds, another value makes it another check: a rotated secret
// that left the key as it is would never be used.
func TestCheckKeyDependsOnEveryField(t *testing.T) {
	full := func() *probes.Check {
		settings := probes.ClientTLS{ServerName: "a", CABundle: "a", ClientCertificate: "a", ClientKey: "a"}
		check := secretive()
		check.TCP, check.UDP, check.None = &probes.TCP{Send: []byte("a"), Expect: []byte("a")}, &probes.UDP{Send: []byte("a"), Expect: []byte("a")}, nil
		check.GRPC, check.TLS = &probes.GRPC{TLS: &settings}, &probes.TLS{ClientTLS: settings}
		check.HTTP.TLS = &probes.ClientTLS{ClientKey: "a"}
		return check
	}
	keys := map[probes.CheckKey]int{full().Key(): -1}
	count := 0
	for ; ; count++ {
		check, left := full(), count
		if !changeLeaf(reflect.ValueOf(check).Elem(), &left) {
			break
		}
		if other, taken := keys[check.Key()]; taken {
			t.Errorf("changing value %d leaves the key as after changing value %d", count, other)
		}
		keys[check.Key()] = count
	}
	if count < 30 {
		t.Errorf("only %d values were changed", count)
	}
	if one, other := full(), full(); one.Key() != other.Key() {
		t.Error("equal checks have different keys")
	}
}

// changeLeaf changes the n-th plain value within v; false: there are fewer.
func changeLeaf(v reflect.Value, n *int) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && changeLeaf(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			if changeLeaf(v.Field(i), n) {
				return true
			}
		}
		return false
	case reflect.Slice:
		for i := range v.Len() {
			if changeLeaf(v.Index(i), n) {
				return true
			}
		}
		return false
	default: // a plain value
	}
	if *n--; *n >= 0 {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "~")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	default:
		panic("a check holds a " + v.Kind().String())
	}
	return true
}

func TestCheckKeySeparatesSecrets(t *testing.T) {
	with := func(first, second probes.Secret) probes.CheckKey {
		check := get()
		check.HTTP.Headers = []probes.Header{{Name: "A", Value: first}, {Name: "B", Value: second}}
		return check.Key()
	}
	if with("ab", "c") == with("a", "bc") {
		t.Error("another split of the same bytes has the same key")
	}
}
