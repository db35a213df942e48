// Package schedule says which target is due when. It is pure: time is passed in.
package schedule
