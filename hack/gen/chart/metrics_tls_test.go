package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestMetricsCanBeVerified: Prometheus sends its token, and without a certificate that it
// can verify it sends it to any program that answers.
func TestMetricsCanBeVerified(t *testing.T) {
	for _, c := range []struct {
		name, values string
		secret       string // that is mounted beside a volume of the user's own
		tls          map[string]any
	}{
		{"by default it is not", "serviceMonitor: {enabled: true}", "", map[string]any{"insecureSkipVerify": true}},
		{"with a certificate", "metrics: {certSecret: metrics-tls}\n" +
			"serviceMonitor: {enabled: true, tlsConfig: {ca: {secret: {name: metrics-tls, key: ca.crt}}, serverName: metrics.example}}", "metrics-tls",
			map[string]any{
				"ca": map[string]any{"secret": map[string]any{"name": "metrics-tls", "key": "ca.crt"}}, "serverName": "metrics.example",
			}},
		{"without TLS", "metrics: {certSecret: metrics-tls, secure: false}\nserviceMonitor: {enabled: true}", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := render(t, chartFolder, "extraVolumes: [{name: own, emptyDir: {}}]\n"+
				"extraVolumeMounts: [{name: own, mountPath: /own}]\n"+c.values)
			monitor := one[unstructured.Unstructured](t, all, "ServiceMonitor")
			endpoints, _, _ := unstructured.NestedSlice(monitor.Object, "spec", "endpoints")
			got, _ := endpoints[0].(map[string]any)["tlsConfig"].(map[string]any)
			if diff := cmp.Diff(c.tls, got); diff != "" {
				t.Errorf("tlsConfig (-want +got):\n%s", diff)
			}

			pod := one[appsv1.Deployment](t, all, "Deployment").Spec.Template.Spec
			volumes, mounts := map[string]string{}, map[string]string{}
			for _, volume := range pod.Volumes {
				volumes[volume.Name] = ""
				if volume.Secret != nil {
					volumes[volume.Name] = volume.Secret.SecretName
				}
			}
			for _, mount := range pod.Containers[0].VolumeMounts {
				mounts[mount.Name] = mount.MountPath
			}
			wantVolumes, wantMounts := map[string]string{"own": ""}, map[string]string{"own": "/own"}
			if c.secret != "" {
				wantVolumes["metrics-tls"], wantMounts["metrics-tls"] = c.secret, "/etc/metrics-tls"
			}
			if diff := cmp.Diff(wantVolumes, volumes) + cmp.Diff(wantMounts, mounts); diff != "" {
				t.Errorf("volumes and mounts (-want +got):\n%s", diff)
			}
			passed := slices.ContainsFunc(pod.Containers[0].Args, func(arg string) bool { return strings.HasPrefix(arg, "--metrics-cert-path=") })
			if passed != (c.secret != "") {
				t.Errorf("arguments %q", pod.Containers[0].Args)
			}
		})
	}
}
