// Package compile makes a [probes.Prober] from a [probes.Check]. It is the only package
// that imports every protocol: a new check kind is added here, and nowhere below.
package compile
