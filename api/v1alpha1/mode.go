package v1alpha1

// Mode says what the operator does with what it finds.
type Mode string

const (
	// ModePublish: the healthy hosts get the traffic of the Service.
	ModePublish Mode = "Publish"

	// ModeObserve: hosts are checked and reported; nothing but the status is written.
	ModeObserve Mode = "Observe"
)
