package cluster

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// tokenLife is longer than any test.
const tokenLife = 24 * time.Hour

// ConfigFor is a client configuration for a service account, which must be
// there, with a token as a pod would have it.
func (a *APIServer) ConfigFor(ctx context.Context, namespace, account string) (*rest.Config, error) {
	client, err := kubernetes.NewForConfig(a.Admin())
	if err != nil {
		return nil, fmt.Errorf("making a client to request tokens: %w", err)
	}
	seconds := int64(tokenLife / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	answer, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("requesting a token for %s/%s: %w", namespace, account, err)
	}
	return a.plane.ConfigForToken(answer.Status.Token), nil
}

// KubeconfigFor is the path of a kubeconfig with the same.
func (a *APIServer) KubeconfigFor(ctx context.Context, namespace, account string) (string, error) {
	config, err := a.ConfigFor(ctx, namespace, account)
	if err != nil {
		return "", err
	}
	return a.plane.WriteKubeconfig(namespace+"."+account, config)
}
