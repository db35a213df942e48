// Package operator puts the program together: it is the only place where flags,
// the engine, the controller and the manager meet.
package operator
