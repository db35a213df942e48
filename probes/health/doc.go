// Package health turns the results of probes into verdicts. It is pure: a verdict
// is a function of the verdict before and one result. It reads no clock, does no
// I/O and keeps no state of its own, so a year of probing can be tested in
// milliseconds and replayed from a log.
package health
