// Package process runs programs that may not outlive their starter, in a
// network namespace of choice, and does to them what faults are made of:
// kill, stop, continue, start again.
package process
