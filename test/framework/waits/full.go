package waits

import "os"

// fullVariable selects the long forms of the fault table, as in make soak.
const fullVariable = "E2E_FULL"

// Full reports whether tests run in their long form.
func Full() bool { return os.Getenv(fullVariable) != "" }

// ShortOrFull is the value for the form in which tests run: the fault table's in the long
// form, and otherwise one that shows the same in less time.
func ShortOrFull[T any](short, full T) T {
	if Full() {
		return full
	}
	return short
}
