package main

import (
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push pushes the index to its registry, with the login that docker or podman have, and
// prints its name with the digest, which is what is to be signed.
func push(out io.Writer, image string, index v1.ImageIndex) error {
	tag, err := name.NewTag(image)
	if err != nil {
		return fmt.Errorf("name the image: %w", err)
	}
	if err := remote.WriteIndex(tag, index, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return fmt.Errorf("push %s: %w", tag, err)
	}
	digest, err := index.Digest()
	if err != nil {
		return fmt.Errorf("read the digest: %w", err)
	}
	_, err = fmt.Fprintln(out, tag.Context().Digest(digest.String()))
	return err
}
