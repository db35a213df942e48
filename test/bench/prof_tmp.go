package main

import (
	"os"
	"runtime/pprof"
	"time"
)

func init() {
	if f := os.Getenv("BPROF"); f != "" && len(os.Args) > 2 && os.Args[2] == "engine" {
		w, _ := os.Create(f)
		go func() {
			time.Sleep(1 * time.Second)
			pprof.StartCPUProfile(w)
			time.Sleep(3 * time.Second)
			pprof.StopCPUProfile()
			w.Close()
		}()
	}
}
