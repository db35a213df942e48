package addresspolicy_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/addresspolicy"
)

func TestNamesDeniesThoseOfTheCluster(t *testing.T) {
	tests := []struct {
		domain, name string
		denied       bool
	}{
		{"cluster.local", "db.shop.svc.cluster.local.", true},
		{"cluster.local", "DB.Shop.SVC.Cluster.Local", true},
		{"cluster.local", "10-0-0-1.shop.pod.cluster.local", true},
		{"cluster.local", "cluster.local", true},
		{"cluster.local", "db.shop.svc", true},
		{"cluster.local", "svc", true},
		{"cluster.local", "db.localhost", true},
		{"cluster.local", "db.example.com", false},
		{"cluster.local", "mycluster.local", false},
		{"cluster.local", "cluster.local.example.com", false},
		{"cluster.local", "db.svc.example.com", false},
		{"cluster.local", "db.shop.svc.k8s.example.com", false},
		{"K8s.Example.com.", "db.shop.svc.k8s.example.com.", true},
		{"k8s.example.com", "k8s.example.com", true},
		{"k8s.example.com", "db.shop.svc.cluster.local", true},
		{"k8s.example.com", "www.example.com", false},
		{"", "db.example.com", false},
		{"", "db.cluster.local", true},
	}
	for _, tt := range tests {
		if got := addresspolicy.NewNames(tt.domain).Denied(tt.name); got != tt.denied {
			t.Errorf("%s in a cluster of the domain %q: denied %t, want %t", tt.name, tt.domain, got, tt.denied)
		}
	}
}
