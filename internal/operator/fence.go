package operator

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// errLeaseLost is the error of a write that a copy attempts after its lease ran out.
var errLeaseLost = errors.New("the lease has run out, another copy may be writing")

// fence keeps a replica from writing when it may have lost the lease.
//
// Leader election alone does not. A leader that was paused for longer than its lease still believes
// that it leads for some seconds. Its watches catch up in that time, so that its writes carry fresh
// resourceVersions: it would take the new leader's slices for foreign edits and revert them.
type fence struct {
	mu sync.Mutex
	// until is the time until which no other replica can hold the lease.
	until time.Time
}

// fenceAfter is how long after a renewal writing ends. Others take the lease
// leaseDuration after they have seen it renewed; the rest is left for a write to
// arrive. A leader that cannot renew gives up after as long.
const fenceAfter = retryPeriod + renewDeadline

// watch returns the configuration for the election: each renewal that the API
// server confirms moves the fence.
func (f *fence) watch(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			// The lease counts from before the request: the response may have been waiting for a paused
			// process.
			asked := time.Now()
			response, err := next.RoundTrip(request)
			if err == nil && response.StatusCode < http.StatusMultipleChoices && writesLease(request) {
				f.renewed(asked)
			}
			return response, err
		})
	})
	return config
}

// newClient makes the manager's client, the one that writes.
func (f *fence) newClient(config *rest.Config, options client.Options) (client.Client, error) {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			if request.Method != http.MethodGet && !f.holds(time.Now()) {
				if request.Body != nil {
					_ = request.Body.Close() // the transport has not read it
				}
				return nil, errLeaseLost
			}
			return next.RoundTrip(request)
		})
	})
	options.HTTPClient = nil // it would bring a transport without the fence
	return client.New(config, options)
}

func (f *fence) renewed(asked time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = asked.Add(fenceAfter)
}

// holds compares both clocks: the monotonic one stops while a machine sleeps, and the other one
// may be set back.
func (f *fence) holds(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.until) && now.Round(0).Before(f.until.Round(0))
}

// writesLease: of all copies only the one that holds the lease can write it.
func writesLease(request *http.Request) bool {
	return request.Method != http.MethodGet && strings.Contains(request.URL.Path, "/leases")
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
