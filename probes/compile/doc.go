// Package compile turns a [probes.Check] into a [probes.Prober]. It is the only package that imports
// every protocol: a new check kind is added here, and the vocabulary stays below the protocols.
package compile
