package programs

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What the user has is taken, without a look at the cache or the compiler.
func TestFindPrefersKubebuilderAssets(t *testing.T) {
	assets := t.TempDir()
	t.Setenv(assetsVariable, assets)
	t.Setenv("XDG_CACHE_HOME", "/dev/null") // nothing can be built there
	for _, name := range []Name{Etcd, APIServer, Kubectl} {
		if err := os.WriteFile(filepath.Join(assets, string(name)), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := Find(t.Context(), io.Discard, Etcd, APIServer, Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := paths[Etcd], filepath.Join(assets, "etcd"); got != want {
		t.Errorf("etcd is %s, want %s", got, want)
	}
}
