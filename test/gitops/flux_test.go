package gitops

import (
	"strings"
	"testing"

	"github.com/google/cel-go/cel"
	"sigs.k8s.io/yaml"
)

// healthCheck is an element of healthCheckExprs of a Flux Kustomization.
type healthCheck struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

func TestFluxHealthMatchesCases(t *testing.T) {
	for i, wait := range waits {
		check := fluxCheck(t, read(t, "../../docs/user/gitops/flux-"+strings.ToLower(wait)+".yaml"))
		for _, c := range cases(t) {
			t.Run(wait+"/"+c.Name, func(t *testing.T) {
				if got := check.status(t, c.object()); got != c.Flux[i] {
					t.Errorf("it is %s, want %s", got, c.Flux[i])
				}
			})
		}
	}
}

func TestFluxDocumentShowsTestedCheck(t *testing.T) {
	document := read(t, "../../docs/user/gitops.md")
	check := fluxCheck(t, read(t, "../../docs/user/gitops/flux-programmed.yaml"))
	for _, expression := range []string{check.Failed, check.Current} {
		if !strings.Contains(document, expression) {
			t.Errorf("docs/user/gitops.md lacks %s", expression)
		}
	}
}

func fluxCheck(t *testing.T, content string) healthCheck {
	t.Helper()
	var file struct {
		Checks []healthCheck `json:"healthCheckExprs"`
	}
	if err := yaml.UnmarshalStrict([]byte(content), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Checks) != 1 || file.Checks[0].APIVersion != "external-endpoints.io/v1alpha1" || file.Checks[0].Kind != "ExternalService" {
		t.Fatalf("got %+v, want one check of ExternalServices", file.Checks)
	}
	return file.Checks[0]
}

// status evaluates a check as Flux's RFC 0009 says: an old status is in progress, then
// the first expression that is true counts, in this order. The fields of the object are
// the variables, and are not declared: one that is missing is an error, and that is
// unknown to Flux.
func (h healthCheck) status(t *testing.T, object map[string]any) string {
	t.Helper()
	if status, found := object["status"].(map[string]any); found && status["observedGeneration"] != int64(generation) {
		return "InProgress"
	}
	for _, step := range []struct{ expression, status string }{
		{h.InProgress, "InProgress"}, {h.Failed, "Failed"}, {h.Current, "Current"},
	} {
		if step.expression == "" {
			continue
		}
		env, err := cel.NewEnv(cel.CrossTypeNumericComparisons(true), cel.OptionalTypes())
		if err != nil {
			t.Fatal(err)
		}
		parsed, issues := env.Parse(step.expression)
		if issues.Err() != nil {
			t.Fatal(issues.Err())
		}
		program, err := env.Program(parsed)
		if err != nil {
			t.Fatal(err)
		}
		result, _, err := program.Eval(object)
		if err != nil {
			return "Unknown"
		}
		if result.Value() == true {
			return step.status
		}
	}
	return "InProgress"
}
