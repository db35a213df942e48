package externalservice

import (
	"testing"
)

func TestAMemoryIsMadeOnceForEachObject(t *testing.T) {
	all := newMemories()
	made := 0
	begin := func() *memory { made++; return newMemory() }
	first := all.of(orders, begin)
	if all.of(orders, begin) != first || made != 1 {
		t.Errorf("it was made %d times", made)
	}
	other := orders
	other.Namespace = "elsewhere"
	if all.of(other, begin) == first {
		t.Error("two objects share a memory")
	}
	all.forget(orders)
	if all.of(orders, begin) == first {
		t.Error("a forgotten memory came back")
	}
}
