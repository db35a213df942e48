// Package probestest holds what tests of probing need: hosts that misbehave in
// every way we know of, a table of what a prober must conclude about them, and a
// prober that answers by script for tests that want no network at all.
package probestest
