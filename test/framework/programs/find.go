package programs

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// assetsVariable names a directory with etcd, kube-apiserver and kubectl.
const assetsVariable = "KUBEBUILDER_ASSETS"

// Find returns where the wanted programs are and builds those that are not
// there yet, which takes minutes the first time and reports its progress to out.
func Find(ctx context.Context, out io.Writer, wanted ...Name) (Paths, error) {
	paths := Paths{}
	built := map[string]string{} // directory by module folder
	for _, name := range wanted {
		if path, ok := asset(name); ok {
			paths[name] = path
			continue
		}
		m, ok := moduleOf(name)
		if !ok {
			return nil, fmt.Errorf("no module below test/framework/programs builds %s", name)
		}
		if built[m.folder] == "" {
			directory, err := m.ensure(ctx, out)
			if err != nil {
				return nil, err
			}
			built[m.folder] = directory
		}
		paths[name] = filepath.Join(built[m.folder], string(name))
	}
	return paths, nil
}

// asset looks a program up where the user says there are some.
func asset(name Name) (string, bool) {
	directory := os.Getenv(assetsVariable)
	if directory == "" {
		return "", false
	}
	path := filepath.Join(directory, string(name))
	_, err := os.Stat(path)
	return path, err == nil
}
