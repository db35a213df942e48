package controlplane

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// controllers are those that touch Services and their endpoints, and those
// that every namespace and account needs.
var controllers = []string{
	"endpoints-controller",
	"endpointslice-controller",
	"endpointslice-mirroring-controller",
	"garbage-collector-controller",
	"namespace-controller",
	"serviceaccount-controller",
	"serviceaccount-token-controller",
	"clusterrole-aggregation-controller",
	"validatingadmissionpolicy-status-controller",
}

// StartControllers starts the controller manager and returns when its
// controllers work: the first service account of all is one's doing.
func (c *ControlPlane) StartControllers(ctx context.Context) error {
	config, err := c.ConfigFor("system:kube-controller-manager")
	if err != nil {
		return err
	}
	kubeconfig, err := c.WriteKubeconfig("kube-controller-manager", config)
	if err != nil {
		return err
	}
	err = c.run(process.Spec{
		Name: string(programs.ControllerManager),
		Path: c.config.Programs[programs.ControllerManager],
		Log:  c.config.log("kube-controller-manager"),
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--controllers=" + strings.Join(controllers, ","),
			"--service-account-private-key-file=" + c.config.file(accountKeyFile),
			"--root-ca-file=" + c.config.file(authorityFile),
			"--use-service-account-credentials", // each with its own rights
			"--leader-elect=false",
			"--secure-port=0",
		},
	})
	if err != nil {
		return err
	}
	return process.Await(ctx, "the controllers", func(ctx context.Context) error {
		_, err := c.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	}, c.Processes()...)
}
