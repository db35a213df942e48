// Package resolvetest is a name server whose answers are set by a test, while it
// runs, in every way that servers go wrong.
package resolvetest
