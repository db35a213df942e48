package probes

import (
	"errors"
	"strconv"
	"strings"
)

// ParseStatusRange reads "200" or "200-399". Statuses are 100 to 599 and ranges rise.
func ParseStatusRange(text string) (StatusRange, error) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	statuses := StatusRange{First: status(first), Last: status(last)}
	return statuses, statuses.validate()
}

// status reads exactly three digits; anything else becomes 0, which no range allows.
func status(text string) int {
	if len(text) != len("200") {
		return 0
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(number)
}

// validate returns an error unless r is a rising range within 100 to 599.
func (r StatusRange) validate() error {
	if r.First < 100 || r.Last > 599 || r.First > r.Last {
		return errors.New("must be a status from 100 to 599 or a rising range of them")
	}
	return nil
}

// contains reports whether status is in the range.
func (r StatusRange) contains(status int) bool { return r.First <= status && status <= r.Last }
