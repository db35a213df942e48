package probes

import "errors"

// validate returns an error unless r is a rising range within 100 to 599.
func (r StatusRange) validate() error {
	if r.First < 100 || r.Last > 599 || r.First > r.Last {
		return errors.New("must be a status from 100 to 599 or a rising range of them")
	}
	return nil
}

// contains reports whether status is in the range.
func (r StatusRange) contains(status int) bool { return r.First <= status && status <= r.Last }
