package main

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestAnImageOfTwoPlatformsIsPushedAndPulledByItsDigest(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	var binaries []string
	for _, architecture := range []string{"amd64", "arm64"} {
		path := filepath.Join(t.TempDir(), architecture)
		if err := os.WriteFile(path, []byte("a program for "+architecture), 0o755); err != nil {
			t.Fatal(err)
		}
		binaries = append(binaries, "linux/"+architecture+"="+path)
	}
	index, err := indexOf("v1.2.3", binaries)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := push(&out, strings.TrimPrefix(server.URL, "http://")+"/team/external-endpoints:v1.2.3", index); err != nil {
		t.Fatal(err)
	}

	pushed, err := name.NewDigest(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, architecture := range []string{"amd64", "arm64"} {
		image, err := remote.Image(pushed, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: architecture}))
		if err != nil {
			t.Fatal(err)
		}
		layers, err := image.Layers()
		if err != nil || len(layers) != 2 {
			t.Fatalf("%v, or %d layers", err, len(layers))
		}
		program, err := layers[1].Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(program)
		if err != nil || !bytes.Contains(content, []byte("a program for "+architecture)) {
			t.Errorf("%s: %v, or another program", architecture, err)
		}
	}
}

func TestWhatIsNoPlatformAndFileIsRefused(t *testing.T) {
	for _, binary := range []string{"bin/external-endpoints", "linux=bin/external-endpoints", "linux/amd64=", "linux/amd64=/none"} {
		if _, err := indexOf("v1.2.3", []string{binary}); err == nil {
			t.Errorf("%q is taken", binary)
		}
	}
}
