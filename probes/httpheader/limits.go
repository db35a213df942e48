package httpheader

// MaxBytes bounds the bytes of status lines and headers of a response, interim responses included.
// Common servers accept as much of a request.
const MaxBytes = 16 << 10

// UserAgent names the operator without its version, so that an upgrade changes neither the requests
// nor the filters in the logs of hosts.
const UserAgent = "external-endpoints/1"
