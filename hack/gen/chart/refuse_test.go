package main

import (
	"strings"
	"testing"
)

// What is refused names the value, so that nobody has to look for it.
func TestSchemaRejectsInvalidValues(t *testing.T) {
	for _, c := range []struct {
		name, values string
		// want are parts of the message.
		want []string
	}{
		{"a mistyped name", "replica: 2", []string{"replica"}},
		{"a mistyped name in a group", "metrics: {prot: 1}", []string{"metrics", "prot"}},
		{"a mistyped name in an alert", "prometheusRule: {alerts: {HostDown: {severty: page}}}", []string{"HostDown", "severty"}},
		{"a mistyped name in a reader", "metrics: {readers: [{namespace: a, nam: b}]}", []string{"readers", "nam"}},
		{"a number that is a word", "replicas: two", []string{"replicas", "integer"}},
		{"a truth that is a word", `crds: {keep: "yes"}`, []string{"crds", "keep", "boolean"}},
		{"a list that is a word", "watchNamespaces: shop", []string{"watchNamespaces", "array"}},
		{"a level that does not exist", "log: {level: trace}", []string{"log", "level", "debug"}},
		{"a range without its length", "probing: {deniedCIDRs: [10.0.0.0]}", []string{"deniedCIDRs"}},
		{"a digest that is none", "image: {digest: latest}", []string{"digest"}},
		{"a port that is none", "health: {port: 70000}", []string{"health", "port"}},
		{"an argument with its dashes", "extraArgs: {--log-level: debug}", []string{"extraArgs", "--log-level"}},
		{"an alert that does not exist", "prometheusRule: {enabled: true, alerts: {HostDwon: {enabled: false}}}", []string{"prometheusRule.alerts.HostDwon"}},
		{"secure metrics without a ClusterRole", "watchNamespaces: [shop]", []string{"metrics.secure", "watchNamespaces"}},
		{"two writers", "leaderElection: {enabled: false}", []string{"leaderElection.enabled", "replica"}},
		{"a monitor of nothing", "{serviceMonitor: {enabled: true}, metrics: {enabled: false}}", []string{"serviceMonitor.enabled"}},
		{"one port for two", "health: {port: 8443}", []string{"health.port", "metrics.port"}},
		{"an account that is nobody's", "serviceAccount: {create: false}", []string{"serviceAccount.name"}},
		{"a memory limit that is none", "resources: {limits: {memory: lots}}", []string{"resources.limits.memory", "lots"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, message, err := template(t, chartFolder, c.values)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, part := range c.want {
				if !strings.Contains(message, part) {
					t.Errorf("the message lacks %q:\n%s", part, message)
				}
			}
		})
	}
}
