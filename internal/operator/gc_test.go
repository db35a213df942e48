package operator

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

func TestContainerLimit(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       int64
	}{
		{"a limit", "268435456\n", 256 << 20},
		{"none, in version 2", "max\n", 0},
		{"none, in version 1", "9223372036854771712\n", 0},
		{"something else", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "memory.max")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			missing := filepath.Join(t.TempDir(), "missing")
			if got := containerLimit([]string{missing, file}); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if got := containerLimit([]string{missing}); got != 0 {
				t.Errorf("without a file there is no limit, got %d", got)
			}
		})
	}
}

func TestBoundMemoryHonoursEnvironment(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "off")
	boundMemory()
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("with GOGC=100 the heap grows by %d %%", got)
	}
	t.Setenv("GOGC", "")
	boundMemory()
	if got := debug.SetGCPercent(100); got != heapGrowth {
		t.Errorf("the heap grows by %d %%, want %d", got, heapGrowth)
	}
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("with GOMEMLIMIT=off the limit is %d", got)
	}
}
