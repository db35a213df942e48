package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// write writes the index as one file, an OCI layout in a tar archive, which docker,
// podman, containerd, kind and skopeo read.
func write(file, image string, index v1.ImageIndex) error {
	reference, err := name.NewTag(image)
	if err != nil {
		return fmt.Errorf("name the image: %w", err)
	}
	folder, err := os.MkdirTemp(filepath.Dir(file), "layout-")
	if err != nil {
		return fmt.Errorf("make a folder for the image: %w", err)
	}
	defer os.RemoveAll(folder)
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	names := layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          fullName(reference),
		"org.opencontainers.image.ref.name": reference.TagStr(),
	})
	if err := path.AppendIndex(index, names); err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	if err := writeDockerManifest(path, reference, index); err != nil {
		return err
	}
	return pack(file, folder)
}

// fullName is the name as engines and kubelets complete it: the library knows the
// default registry by another of its hosts.
func fullName(reference name.Tag) string {
	return strings.Replace(reference.Name(), name.DefaultRegistry+"/", "docker.io/", 1)
}

// writeDockerManifest adds what an older docker looks for. It knows one platform.
func writeDockerManifest(path layout.Path, reference name.Tag, index v1.ImageIndex) error {
	manifests, err := index.IndexManifest()
	if err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	if len(manifests.Manifests) != 1 {
		return nil
	}
	image, err := index.Image(manifests.Manifests[0].Digest)
	if err != nil {
		return fmt.Errorf("read the image: %w", err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		return fmt.Errorf("read the image: %w", err)
	}
	type entry struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	blob := func(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
	only := entry{Config: blob(manifest.Config.Digest), RepoTags: []string{fullName(reference)}}
	for _, layer := range manifest.Layers {
		only.Layers = append(only.Layers, blob(layer.Digest))
	}
	content, err := json.Marshal([]entry{only})
	if err != nil {
		return fmt.Errorf("encode docker's manifest: %w", err)
	}
	return path.WriteFile("manifest.json", content, 0o644)
}

// pack makes an archive of a folder, in the order of names and without times and owners.
func pack(file, folder string) error {
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	w := tar.NewWriter(out)
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return packFile(w, folder, path)
	})
	if err == nil {
		err = w.Close()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	return nil
}

func packFile(w *tar.Writer, folder, path string) error {
	relative, err := filepath.Rel(folder, path)
	if err != nil {
		return err
	}
	content, err := os.Open(path)
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Name: relative, Mode: 0o444, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}
