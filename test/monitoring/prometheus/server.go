package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// Config says what a Prometheus does every second.
type Config struct {
	// Targets are the addresses to scrape, over TLS.
	Targets []string
	// Token authenticates the scrapes.
	Token string
	// Rules is a rule file.
	Rules string
}

// Server is a running Prometheus.
type Server struct {
	url string
	api apiv1.API
}

// Start runs Prometheus beside the control plane, and returns when it answers.
func Start(t *testing.T, c *cluster.Cluster, config Config) *Server {
	t.Helper()
	program, folder := Find(t, "prometheus"), t.TempDir()
	address := freeAddress(t)
	for name, content := range map[string]string{
		"token": config.Token, "rules.yaml": config.Rules, "prometheus.yaml": config.encode(t, folder),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	running, err := c.Run(process.Spec{Name: "prometheus", Path: program, Args: []string{
		"--config.file=" + filepath.Join(folder, "prometheus.yaml"),
		"--storage.tsdb.path=" + filepath.Join(folder, "data"),
		"--web.listen-address=" + address,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(); err != nil { // before its folder is removed
			t.Error(err)
		}
	})
	s := &Server{url: "http://" + address}
	client, err := api.NewClient(api.Config{Address: s.url})
	if err != nil {
		t.Fatal(err)
	}
	s.api = apiv1.NewAPI(client)
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := process.Await(ctx, "Prometheus", s.ready, running); err != nil {
		t.Fatal(err)
	}
	return s
}

// encode is the configuration as Prometheus reads it.
func (c Config) encode(t *testing.T, folder string) string {
	t.Helper()
	type m = map[string]any
	content, err := yaml.Marshal(m{
		"global":     m{"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
		"rule_files": []string{filepath.Join(folder, "rules.yaml")},
		"scrape_configs": []m{{
			"job_name": "external-endpoints", "scheme": "https", "honor_labels": true,
			"authorization": m{"credentials_file": filepath.Join(folder, "token")},
			// Each copy of the operator makes a certificate of its own when it starts.
			"tls_config":     m{"insecure_skip_verify": true},
			"static_configs": []m{{"targets": c.Targets}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func (s *Server) ready(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/-/ready", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := install.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
