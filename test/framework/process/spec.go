package process

import "os"

// Spec says what to run. It is kept to run it again.
type Spec struct {
	Name string   // in messages and of the log file
	Path string   // the program's file
	Args []string // without the program's own name
	Env  []string // added to the starter's environment, "NAME=value"
	Log  string   // file to append standard output and error to
	In   Namespace

	// Stdin and Stdout replace /dev/null and the log, for a conversation.
	Stdin, Stdout *os.File
}

// Namespace is a network namespace to run in; nil is the starter's own.
type Namespace interface {
	// Enter runs f on the calling thread, which is locked, inside the
	// namespace. It fails without having run f.
	Enter(f func()) error
}
