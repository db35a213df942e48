package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `
spec:
  group: example.com
  names: {kind: Thing, plural: things, shortNames: [th]}
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: A thing.
        properties:
          spec:
            required: [size]
            properties:
              size: {type: integer, description: "How big,\nin m.\n\nNot a|b."}
              color: {type: string, enum: ["", red, blue], default: red}
              parts:
                type: array
                items:
                  type: object
                  properties: {name: {type: string, x-kubernetes-validations: [{message: must be short}]}}
            x-kubernetes-validations: [{fieldPath: .size, message: must be even}]
          status: {properties: {seen: {type: boolean}}}
`

const wanted = `
## spec

| field | type | default | |
|---|---|---|---|
| ` + "`size`" + ` | integer | required | How big, in m.<br><br>Not a\|b. |
| ` + "`color` | `red`, `blue` | `\"red\"`" + ` |  |
| ` + "`parts`" + ` | [list of object](#specparts) |  |  |

The API server refuses what breaks one of these:

- ` + "`size`" + `: must be even

## spec.parts[]

| field | type | default | |
|---|---|---|---|
| ` + "`name`" + ` | string |  |  |

The API server refuses what breaks one of these:

- ` + "`name`" + `: must be short

## status

| field | type | default | |
|---|---|---|---|
| ` + "`seen`" + ` | boolean |  |  |
`

func TestPageShowsSchema(t *testing.T) {
	page, err := pageOf([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	_, sections, found := strings.Cut(page, "\nA thing.\n")
	if !found {
		t.Fatalf("no description of the kind in\n%s", page)
	}
	if diff := cmp.Diff(wanted, sections); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
}

// TestPageIsUpToDate: the page in the tree is that of the CRD in
// the tree. make verify says so too, later.
func TestPageIsUpToDate(t *testing.T) {
	crd, err := os.ReadFile("../../../" + source)
	if err != nil {
		t.Fatal(err)
	}
	page, err := pageOf(crd)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile("../../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page, string(written)); diff != "" {
		t.Errorf("run make generate; docs/user/api.md (-want +got):\n%s", diff)
	}
}

func TestPageRejectsSeveralVersions(t *testing.T) {
	if _, err := pageOf([]byte("spec: {versions: [{name: v1}, {name: v2}]}")); err == nil {
		t.Error("no error, want one that says that there are two versions")
	}
}
