package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	discoveryclient "k8s.io/client-go/kubernetes/typed/discovery/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// accountPolicyMessage is part of the message with which config/policy/policy.yaml refuses
	// a slice without the operator's marks.
	accountPolicyMessage = "the operator may write only what carries its managed-by label"
	// accountPolicyTimeout bounds one request of the check.
	accountPolicyTimeout = 5 * time.Second
	// accountPolicyRetry and accountPolicyAttempts allow for a policy that is installed with
	// the operator: the API server enforces it some seconds later.
	accountPolicyRetry    = 10 * time.Second
	accountPolicyAttempts = 3
)

// PolicyState is whether the ValidatingAdmissionPolicy for the operator's account is in force.
type PolicyState string

const (
	PolicyInForce    PolicyState = "in force"
	PolicyNotInForce PolicyState = "not in force"
	// PolicyUnknown: the API server gave another answer.
	PolicyUnknown PolicyState = "unknown"
)

// CheckAccountPolicy creates, as a dry run, an EndpointSlice that the policy must refuse to
// the operator's account. The policy names that account: with another name of the service
// account it matches nothing, and no other sign of it shows. The error says why the state
// is unknown.
func CheckAccountPolicy(ctx context.Context, config *rest.Config, namespace string) (PolicyState, error) {
	client, err := discoveryclient.NewForConfig(config)
	if err != nil {
		return PolicyUnknown, fmt.Errorf("set up a client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, accountPolicyTimeout)
	defer cancel()
	unmarked := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: namespace, GenerateName: "external-endpoints-policy-check-"},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	_, err = client.EndpointSlices(namespace).Create(ctx, unmarked, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	switch {
	case err == nil:
		return PolicyNotInForce, nil
	case strings.Contains(err.Error(), accountPolicyMessage):
		return PolicyInForce, nil
	default:
		return PolicyUnknown, fmt.Errorf("create an EndpointSlice in namespace %s as a dry run: %w", namespace, err)
	}
}

// policyCheck logs whether the policy is in force. The operator runs without it, so the
// check never fails and nothing waits for it.
type policyCheck struct {
	check  func(context.Context) (PolicyState, error)
	retry  time.Duration
	logger logr.Logger
}

// addPolicyCheck has the check run at the start of every copy, and again when a copy becomes
// the leader: the log of the copy that writes must say it.
func addPolicyCheck(ctx context.Context, m manager.Manager, o Options, logger logr.Logger) error {
	c := policyCheck{
		check: func(ctx context.Context) (PolicyState, error) {
			return CheckAccountPolicy(ctx, m.GetConfig(), policyCheckNamespace(o))
		},
		retry: accountPolicyRetry, logger: logger.WithName("policy"),
	}
	go c.run(ctx)
	if !o.LeaderElect {
		return nil
	}
	if err := m.Add(manager.RunnableFunc(func(ctx context.Context) error { c.run(ctx); return nil })); err != nil {
		return fmt.Errorf("add the check of the admission policy: %w", err)
	}
	return nil
}

// policyCheckNamespace is one in which the operator may create slices.
func policyCheckNamespace(o Options) string {
	if len(o.WatchNamespaces) > 0 {
		return o.WatchNamespaces[0]
	}
	return metav1.NamespaceDefault
}

func (c policyCheck) run(ctx context.Context) {
	for attempt := 1; ; attempt++ {
		state, err := c.check(ctx)
		if ctx.Err() != nil {
			return
		}
		if state == PolicyInForce || attempt == accountPolicyAttempts {
			c.log(state, err)
			return
		}
		select {
		case <-time.After(c.retry):
		case <-ctx.Done():
			return
		}
	}
}

func (c policyCheck) log(state PolicyState, err error) {
	switch state {
	case PolicyInForce:
		c.logger.Info("The ValidatingAdmissionPolicy for the operator's account is in force")
	case PolicyNotInForce:
		c.logger.Info("WARNING: no ValidatingAdmissionPolicy restricts the operator's account: with its token any EndpointSlice " +
			"and Endpoints can be written. Install config/policy, or set admissionPolicy.enabled in the chart, for the name of this service account")
	default:
		c.logger.Info("Cannot tell whether the ValidatingAdmissionPolicy for the operator's account is in force", "reason", err.Error())
	}
}
