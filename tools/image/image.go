package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// entrypoint is where the binary is, as in the Dockerfile.
	entrypoint = "/external-endpoints"
	// user has no name; numeric, so that a kubelet can see that it is not
	// root, and no passwd is needed.
	user = "65532:65532"
)

// imageOf is the image for one platform: the authorities' certificates, which seldom
// change, and above them the binary. It says of no file when it was made.
func imageOf(platform v1.Platform, version, path string) (v1.Image, error) {
	binary, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the operator: %w", err)
	}
	certificates, err := layerOf(rootsFile, roots(), 0o444)
	if err != nil {
		return nil, err
	}
	program, err := layerOf(entrypoint, binary, 0o555)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: certificates, History: v1.History{CreatedBy: "certificates of public authorities"}},
		mutate.Addendum{Layer: program, History: v1.History{CreatedBy: "the operator"}})
	if err != nil {
		return nil, fmt.Errorf("put the image together: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read the image's configuration: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Config = v1.Config{Entrypoint: []string{entrypoint}, User: user, WorkingDir: "/", Labels: labels(version)}
	return mutate.ConfigFile(image, config)
}

// labels are those of the Dockerfile.
func labels(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "external-endpoints",
		"org.opencontainers.image.description": "Health checks for hosts outside the cluster; only the healthy ones get a Service's traffic.",
		"org.opencontainers.image.source":      "https://github.com/external-endpoints/operator",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     version,
	}
}

// layerOf is a layer of one file.
func layerOf(path string, content []byte, mode int64) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: path[1:], Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		return nil, fmt.Errorf("pack %s: %w", path, err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("pack %s: %w", path, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", path, err)
	}
	return tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}
