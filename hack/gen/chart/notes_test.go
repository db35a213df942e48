package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quiet are values of which nothing is to be warned.
const quiet = "image: {registry: registry.example}"

// notes are what Helm says after an installation.
func notes(t *testing.T, values string) string {
	t.Helper()
	out, problems, err := helm(t, values, "install", releaseName, chartFolder, "--namespace", releaseNamespace, "--dry-run=client", "--values=-")
	if err != nil {
		t.Fatalf("%v: %s", err, problems)
	}
	_, text, found := strings.Cut(out, "\nNOTES:\n")
	if !found {
		t.Fatalf("there are no notes in\n%s", out)
	}
	return text
}

// warnings are the beginnings of the warnings, up to the first full stop or comma.
func warnings(notes string) []string {
	var found []string
	for line := range strings.Lines(notes) {
		if warning, isOne := strings.CutPrefix(line, "WARNING: "); isOne {
			found = append(found, strings.TrimSpace(warning[:strings.IndexAny(warning, ",\n")]))
		}
	}
	return found
}

func TestNotesShowNextCommands(t *testing.T) {
	for name, c := range map[string]struct {
		values string
		want   []string
	}{
		"everywhere": {quiet, []string{
			"looks after ExternalServices in all namespaces.",
			"kubectl -n " + releaseNamespace + " rollout status deployment/" + releaseName + "\n",
			"metadata: {name: orders-db, namespace: default}",
		}},
		"in some namespaces": {"{watchNamespaces: [shop, web], fullnameOverride: prober, metrics: {secure: false}}", []string{
			"looks after ExternalServices in shop, web.", "deployment/prober\n", "metadata: {name: orders-db, namespace: shop}",
		}},
	} {
		text := notes(t, c.values)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
		}
	}
}

func TestNotesWarnOfRiskyValues(t *testing.T) {
	for _, c := range []struct {
		name, values string
		want         []string
	}{
		{"nothing", quiet, nil},
		{"a registry that is part of the repository", "image: {repository: 'localhost:5000/external-endpoints'}", nil},
		{"no registry", "{}", []string{"image.registry is empty"}},
		{"no registry, but a folder", "image: {repository: team/external-endpoints}", []string{"image.registry is empty"}},
		{"no CRD", quiet + "\ncrds: {enabled: false, keep: false}", []string{
			"crds.enabled is false. The operator waits until somebody else has installed the CRD"}},
		{"a CRD that goes", quiet + "\ncrds: {keep: false}", []string{"crds.keep is false. Uninstalling this release deletes every ExternalService"}},
		{"nobody", quiet + "\nreplicas: 0", []string{"replicas is 0. Nobody checks hosts; what is published stays as it is."}},
		{"nobody else", quiet + "\nreplicas: 1", []string{"there is one replica. While its Pod moves"}},
		{"open metrics", quiet + "\nmetrics: {secure: false, port: 9090}", []string{
			"metrics.secure is false. Whoever reaches port 9090 reads names and addresses of all hosts"}},
		{"no metrics", quiet + "\nmetrics: {secure: false, enabled: false}", nil},
		{"ranges that cannot be read", quiet + "\nwatchNamespaces: [shop]\nmetrics: {enabled: false}", []string{
			"with watchNamespaces the operator cannot read the cluster's own ranges. Name those of Services"}},
		{"ranges that are not wanted", quiet + "\nwatchNamespaces: [shop]\nmetrics: {enabled: false}\nclusterRanges: {enabled: false}", nil},
		{"no fence", quiet + "\nadmissionPolicy: {enabled: false}", []string{
			"admissionPolicy.enabled is false. Whoever gets hold of the operator's token can write any Service and EndpointSlice."}},
		{"authors without rights", quiet + "\nauthorPolicy: {enabled: false}", []string{
			"authorPolicy.enabled is false. An ExternalService gives its author a Service of any type"}},
		{"hosts out of reach", quiet + "\nnetworkPolicy: {enabled: true, egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}", []string{
			"networkPolicy.egress restricts the operator. A host that it cannot reach is taken out of its Service."}},
		{"a Prometheus without rights", quiet + "\nserviceMonitor: {enabled: true}", []string{
			"metrics.readers is empty. Bind external-endpoints-metrics-reader to the account of Prometheus."}},
		{"a Prometheus with rights", quiet + "\nserviceMonitor: {enabled: true}\nmetrics: {readers: [{namespace: monitoring, name: prometheus}]}", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, warnings(notes(t, c.values))); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
