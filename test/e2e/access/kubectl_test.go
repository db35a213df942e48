package access

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// kubectl runs kubectl in the test's namespace and returns what it prints.
func (w *World) kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := w.Cluster.Kubectl(append([]string{"--namespace=" + w.Namespace}, arguments...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestKubectlOutput(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	object := w.Web("orders", hosts...)
	w.Create(t, object)
	w.kubectl(t, "wait", "--for=condition=Ready", "--timeout=15s", "xsvc/orders")
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
	if err := hosts[0].Kill(); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return framework.ToldOut(w.Get(t, object), hosts[0], "ConnectionRefused") })

	for _, c := range []struct {
		name      string
		arguments []string
		want      string // of the whole output, which is squeezed to single spaces
	}{
		{"the columns", []string{"get", "xsvc"}, `^NAME SERVICE READY HEALTHY AGE\norders orders True 2/3 \d+s\n$`},
		{
			"the wide columns", []string{"get", "xsvc", "-o", "wide"},
			`^NAME SERVICE READY HEALTHY AGE REASON MESSAGE\n` +
				`orders orders True 2/3 \d+s Ready 2 of 3 hosts healthy; 192\.0\.2\.101:8080 connection refused since \d\d:\d\d:\d\dZ\n$`,
		},
		{"the category", []string{"get", "external-endpoints", "-o", "name"}, `^externalservice\.external-endpoints\.io/orders\n$`},
		{"events in a description", []string{"describe", "xsvc", "orders"}, `Events:(.*\n)* Warning HostUnhealthy .*192\.0\.2\.101:8080 connection refused`},
		{"fields explained", []string{"explain", "xsvc.spec", "--recursive"}, `DESCRIPTION:\n \S(.*\n)*FIELDS:(.*\n)* healthCheck <Object>\n(.*\n)* interval <string>\n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := squeeze(w.kubectl(t, c.arguments...))
			if !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("kubectl %s must match\n%s\nand shows\n%s", strings.Join(c.arguments, " "), c.want, out)
			}
		})
	}
}

func TestSamplesAreAccepted(t *testing.T) {
	w := world(t)
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	w.kubectl(t, "apply", "-k", filepath.Join(root, "config", "samples"))
	var samples v1alpha1.ExternalServiceList
	if err := w.Client.List(t.Context(), &samples, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	if len(samples.Items) == 0 {
		t.Fatal("no ExternalService among the samples")
	}
	for _, sample := range samples.Items {
		waits.Eventually(t, waits.Timeout, func() error {
			got := framework.Condition(w.Get(t, &sample), v1alpha1.ConditionAccepted)
			if strings.Contains(got.Message, "--enable-references") {
				return nil // this operator follows none, and says so
			}
			if got.Status != "True" {
				return fmt.Errorf("sample %s: Accepted is %q (%s)", sample.Name, got.Status, got.Message)
			}
			return nil
		})
	}
	t.Logf("%d samples accepted", len(samples.Items))
	w.kubectl(t, "apply", "-k", filepath.Join(root, "config", "samples"))
	for _, sample := range samples.Items {
		if again := w.Get(t, &sample); again.Generation != sample.Generation {
			t.Errorf("sample %s: applied once more it is another one, generation %d -> %d", sample.Name, sample.Generation, again.Generation)
		}
	}
}

// squeeze makes columns comparable.
func squeeze(text string) string {
	return regexp.MustCompile(` *\n`).ReplaceAllString(regexp.MustCompile(`[ \t]+`).ReplaceAllString(text, " "), "\n")
}
