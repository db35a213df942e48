package api_test

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refusal is a bad object: goodObject with one value changed.
type refusal struct {
	// name says in words what is wrong.
	name string
	// path is where goodObject is changed, value what is put there, in YAML.
	path, value string
	// field is the path that the error names; path when empty.
	field string
	// says is what the error says about the field.
	says string
}

// asks are the words by which an error says what the value must be. "must" is
// that of our own rules and of some of the schema's; the others are the schema's.
var asks = []string{"must", "should be", "should have", "should match", "may not be", "Unsupported value", "Required value", "Duplicate value"}

// refuse creates every bad object and wants the API server to refuse it for the
// right reason.
func (s *server) refuse(t *testing.T, refusals []refusal) {
	t.Helper()

	for _, bad := range refusals {
		t.Run(bad.name, func(t *testing.T) {
			field := bad.field
			if field == "" {
				field = bad.path
			}

			wantCause(t, s.dryCreate(t.Context(), with(t, bad.path, bad.value)), field, bad.says)
		})
	}
}

// unchecked is the field of the cause by which the API server adds that it has
// not come to our own rules, because the schema was not met.
const unchecked = "<nil>"

// wantCause wants an error that is about the field, or about the object that
// holds it, and no other, and says of the field what is asked for.
func wantCause(t *testing.T, err error, field, says string) {
	t.Helper()

	if err == nil {
		t.Fatal("it was accepted")
	}

	if !containsAny(says, asks) {
		t.Fatalf("the case wants %q, which asks for nothing", says)
	}

	said := false
	for _, cause := range causes(err) {
		if cause.Field != field && cause.Field != parent(field) && cause.Field != unchecked {
			t.Errorf("a cause is about %s, want only %s: %s", cause.Field, field, cause.Message)
		}
		said = said || cause.Field == field && strings.Contains(cause.Message, says)
	}

	if !said {
		t.Errorf("no cause is about %s and says %q:\n%v", field, says, err)
	}
}

// parent returns the path of the object or list that holds a field.
func parent(field string) string {
	return field[:max(strings.LastIndexAny(field, ".["), 0)]
}

// causes returns what an error of the API server says field by field.
func causes(err error) []metav1.StatusCause {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}

	return status.Status().Details.Causes
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}

	return false
}
