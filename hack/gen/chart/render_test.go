package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/test/framework/programs"
)

const (
	projectRoot = "../../.."
	chartFolder = "../../../charts/external-endpoints"
	// The release's name and namespace are those of config/default.
	releaseName      = "external-endpoints"
	releaseNamespace = "external-endpoints-system"
)

// helm runs the real Helm, with nothing of the user's own.
func helm(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	paths, err := programs.Find(context.Background(), os.Stderr, programs.Helm)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	command := exec.CommandContext(t.Context(), paths[programs.Helm], args...)
	command.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home, "KUBECONFIG=/dev/null")
	var out, problems bytes.Buffer
	command.Stdin = strings.NewReader(stdin)
	command.Stdout, command.Stderr = &out, &problems
	err = command.Run()
	return out.String(), problems.String(), err
}

// objects is what a chart makes.
type objects []unstructured.Unstructured

// render has Helm template the chart with values in YAML.
func render(t *testing.T, chart, values string) objects {
	t.Helper()
	out, problems, err := template(t, chart, values)
	if err != nil {
		t.Fatalf("%v: %s", err, problems)
	}
	return parse(t, out)
}

// parse reads what Helm prints.
func parse(t *testing.T, out string) objects {
	t.Helper()
	var all objects
	for document := range strings.SplitSeq("\n"+out, "\n---") {
		object := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(object) > 0 {
			all = append(all, unstructured.Unstructured{Object: object})
		}
	}
	return all
}

func template(t *testing.T, chart, values string) (stdout, stderr string, err error) {
	t.Helper()
	return helm(t, values, "template", releaseName, chart, "--namespace", releaseNamespace, "--values=-")
}

// of returns the objects of a kind.
func (o objects) of(kind string) objects {
	var found objects
	for _, object := range o {
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	return found
}

// one returns the only object of a kind, converted to its Go type.
func one[T any](t *testing.T, o objects, kind string) T {
	t.Helper()
	var into T
	found := o.of(kind)
	if len(found) != 1 {
		t.Fatalf("%d objects of kind %s, want one", len(found), kind)
	}
	convert(t, found[0], &into)
	return into
}

// convert fails when the object has a field that its Go type lacks.
func convert(t *testing.T, object unstructured.Unstructured, into any) {
	t.Helper()
	encoded, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(encoded, into); err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// names are the objects as "Kind name", with the namespace where it is not the release's.
func (o objects) names() []string {
	var names []string
	for _, object := range o {
		name := object.GetKind() + " " + object.GetName()
		if namespace := object.GetNamespace(); namespace != "" && namespace != releaseNamespace {
			name = object.GetKind() + " " + namespace + "/" + object.GetName()
		}
		names = append(names, name)
	}
	return names
}
