package controlplane

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/network"
)

// registerNode makes the Node that kube-proxy waits for, with the addresses
// it serves node ports on.
func (c *ControlPlane) registerNode(ctx context.Context, machine *network.Machine) error {
	nodes := c.client.CoreV1().Nodes()
	node, err := nodes.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: machine.Name}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("registering the node: %w", err)
	}
	node.Status.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: machine.IPv4.String()},
		{Type: corev1.NodeInternalIP, Address: machine.IPv6.String()},
	}
	if _, err := nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("registering the node's addresses: %w", err)
	}
	return nil
}
