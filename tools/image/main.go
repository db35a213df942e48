// Command image puts the operator's binaries into an image, without an engine and
// without a base from a registry: nothing but Go makes it, and the same sources and
// version make the same bytes.
//
//	image -version v1.2.3 -out image.tar NAME linux/amd64=PATH [linux/arm64=PATH ...]
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	flags := flag.NewFlagSet("image", flag.ExitOnError)
	version := flags.String("version", "", "what the binaries are stamped with")
	out := flags.String("out", "", "file to write the image to; none when empty")
	pushes := flags.Bool("push", false, "push the image to the registry that NAME begins with, and print its digest")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *version == "" || flags.NArg() < 2 {
		return errors.New("must be called as: image -version VERSION [-out FILE] [-push] NAME OS/ARCH=BINARY ...")
	}
	name, binaries := flags.Arg(0), flags.Args()[1:]
	index, err := indexOf(*version, binaries)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := write(*out, name, index); err != nil {
			return err
		}
	}
	if *pushes {
		return push(os.Stdout, name, index)
	}
	return nil
}

// indexOf is the image for every platform that there is a binary for.
func indexOf(version string, binaries []string) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, binary := range binaries {
		name, path, _ := strings.Cut(binary, "=")
		platform, err := v1.ParsePlatform(name)
		if err != nil || platform.Architecture == "" || path == "" {
			return nil, fmt.Errorf("%q must be a platform and a file, such as linux/amd64=bin/external-endpoints", binary)
		}
		image, err := imageOf(*platform, version, path)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index, nil
}
