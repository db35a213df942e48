package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const (
	projectRoot = "../.."
	testVersion = "v1.2.3"
	testImage   = "registry.example/team/external-endpoints:v1.2.3"
)

// makeImage runs make image in a tree, and returns the file.
func makeImage(t *testing.T, tree string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "make", append([]string{"-s", "image", "VERSION=" + testVersion, "IMAGE=" + testImage}, args...)...)
	command.Dir = tree
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(tree, "bin", "image.tar")
}

// copyTree copies the project's files, without what was built of them.
func copyTree(t *testing.T) string {
	t.Helper()
	tree := filepath.Join(t.TempDir(), "copy")
	if err := os.Mkdir(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", `git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$1"`, "bash", tree)
	command.Dir = projectRoot
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return tree
}

// unpackArchive opens an image's file as the layout that it is.
func unpackArchive(t *testing.T, file string) layout.Path {
	t.Helper()
	archive, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	folder := t.TempDir()
	unpack(t, archive, folder)
	path, err := layout.FromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func unpack(t *testing.T, from io.Reader, to string) {
	t.Helper()
	for r := tar.NewReader(from); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, header.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, header.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// onlyImage is the image of a layout with one platform.
func onlyImage(t *testing.T, path layout.Path) v1.Image {
	t.Helper()
	all, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%v, or not one image: %+v", err, manifest)
	}
	if got := manifest.Manifests[0].Annotations["io.containerd.image.name"]; got != testImage {
		t.Errorf("it is named %q, want %q", got, testImage)
	}
	index, err := all.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err = index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%v, or not one platform: %+v", err, manifest)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestMakeImage(t *testing.T) {
	first := makeImage(t, copyTree(t))

	t.Run("in another folder makes the same bytes", func(t *testing.T) {
		a, err := os.ReadFile(first)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(makeImage(t, copyTree(t)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Error("two builds of the same sources and version differ")
		}
	})

	image := onlyImage(t, unpackArchive(t, first))

	t.Run("says who runs what", func(t *testing.T) {
		file, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := file.Config
		if c.User != "65532:65532" || len(c.Entrypoint) != 1 || c.Entrypoint[0] != "/external-endpoints" || len(c.Cmd) > 0 {
			t.Errorf("it runs %q %q as %q", c.Entrypoint, c.Cmd, c.User)
		}
		if got := c.Labels["org.opencontainers.image.version"]; got != testVersion {
			t.Errorf("it is labelled as version %q", got)
		}
		dockerfile, err := os.ReadFile(filepath.Join(projectRoot, "Dockerfile"))
		if err != nil {
			t.Fatal(err)
		}
		for label, value := range c.Labels {
			if line := label + `="` + strings.Replace(value, testVersion, "${VERSION}", 1) + `"`; !strings.Contains(string(dockerfile), line) {
				t.Errorf("the Dockerfile lacks the label %s", line)
			}
		}
		if !strings.Contains(string(dockerfile), "USER "+c.User+"\n") {
			t.Errorf("the Dockerfile has another user than %s", c.User)
		}
	})

	t.Run("can be read by an older docker", func(t *testing.T) {
		legacy, err := tarball.ImageFromPath(first, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, gotErr := legacy.ConfigName()
		want, wantErr := image.ConfigName()
		if gotErr != nil || wantErr != nil || got != want {
			t.Errorf("got %s (%v), want %s (%v)", got, gotErr, want, wantErr)
		}
	})

	root := t.TempDir()
	files := mutate.Extract(image)
	defer files.Close()
	unpack(t, files, root)

	t.Run("holds the certificates of authorities", func(t *testing.T) {
		content, err := os.ReadFile(filepath.Join(root, rootsFile))
		if err != nil {
			t.Fatal(err)
		}
		count, lets := 0, false
		for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			count++
			lets = lets || certificate.Subject.CommonName == "ISRG Root X1"
		}
		if count < 100 || !lets {
			t.Errorf("only %d authorities, ISRG Root X1 among them: %t", count, lets)
		}
	})

	t.Run("runs where there is nothing else", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("SKIPPED: only root can change the root directory")
		}
		if err := os.Chmod(root, 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := inside(t, root, "--help"); err != nil || !strings.Contains(out, "--watch-namespaces") {
			t.Errorf("--help: %v\n%s", err, out)
		}
		// It says its version before it looks for a cluster.
		out, err := inside(t, root, "--kubeconfig=/none", "--log-format=text")
		if err == nil || !strings.Contains(out, "version="+testVersion) || !strings.Contains(out, "find the cluster") {
			t.Errorf("without a cluster: %v\n%s", err, out)
		}
	})
}

// inside runs the image's program in its own root, as its own user.
func inside(t *testing.T, root string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), entrypoint, args...)
	command.Dir, command.Env = "/", []string{}
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	out, err := command.CombinedOutput()
	return string(out), err
}
