package controlplane

import (
	"fmt"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// ConfigFor makes a client configuration for a user with a certificate.
// There is no limit on its rate: tests measure the operator's, not their own.
func (c *ControlPlane) ConfigFor(user string, groups ...string) (*rest.Config, error) {
	identity, err := c.authority.client(user, groups...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host: c.url,
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   c.authority.pem(),
			CertData: identity.certificate,
			KeyData:  identity.key,
		},
		QPS: -1,
	}, nil
}

// ConfigForToken makes a client configuration for the bearer of a token.
func (c *ControlPlane) ConfigForToken(token string) *rest.Config {
	return &rest.Config{
		Host:            c.url,
		BearerToken:     token,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.pem()},
		QPS:             -1,
	}
}

// WriteKubeconfig keeps a client configuration in a file of the cluster's
// directory and returns its path.
func (c *ControlPlane) WriteKubeconfig(name string, config *rest.Config) (string, error) {
	path := filepath.Join(c.config.Directory, "kubeconfig", name)
	return path, WriteKubeconfig(path, config)
}

// WriteKubeconfig keeps a client configuration in a file.
func WriteKubeconfig(path string, config *rest.Config) error {
	const lab = "lab"
	file := api.Config{
		CurrentContext: lab,
		Contexts:       map[string]*api.Context{lab: {Cluster: lab, AuthInfo: lab}},
		Clusters: map[string]*api.Cluster{lab: {
			Server:                   config.Host,
			CertificateAuthorityData: config.CAData,
		}},
		AuthInfos: map[string]*api.AuthInfo{lab: {
			ClientCertificateData: config.CertData,
			ClientKeyData:         config.KeyData,
			Token:                 config.BearerToken,
		}},
	}
	if err := clientcmd.WriteToFile(file, path); err != nil {
		return fmt.Errorf("writing kubeconfig %s: %w", path, err)
	}
	return nil
}
