// Command bench measures what probing costs, beside HAProxy and beside the least
// that the kernel takes for it, in the same run and by the same instruments.
//
//	farm ◀── SYN ── prober (a process of its own: engine, haproxy or raw)
//	  │                │
//	witness            └── its threads' CPU time, its memory
//
// The witness sees every connection attempt on the loopback interface: the prober is
// not asked how much it did or when. Only ratios within one run mean anything; the
// microseconds depend on the machine and on what else it does.
package main
