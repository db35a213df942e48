package chart

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// ways are different ways to try the same.
type ways = map[string]func(context.Context, thief) error

func ours(th thief) *discoveryv1.EndpointSlice       { return th.ours }
func theirSlice(th thief) *discoveryv1.EndpointSlice { return th.slice }
func theirEndpoints(th thief) *corev1.Endpoints      { return th.endpoints }
func theirService(th thief) *corev1.Service          { return th.service }

// attempts are all that a thief tries, in the order of docs/user/security.md.
func attempts() []attempt {
	mine := slice("mine", "192.0.2.1")
	return []attempt{
		{"write, relabel, take over or delete a slice of somebody else", policy, ways{
			"write":     changed(theirSlice, func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Addresses[0] = "192.0.2.66" }),
			"relabel":   changed(theirSlice, func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelServiceName] = "mine" }),
			"take over": changed(theirSlice, func(s *discoveryv1.EndpointSlice) { s.Labels, s.OwnerReferences = mine.Labels, mine.OwnerReferences }),
			"delete":    deleted(theirSlice),
		}},
		{"make a slice that is not marked as the operator's", policy, ways{
			"unmarked":     made(&discoveryv1.EndpointSlice{ObjectMeta: named(shop, "mine"), AddressType: "IPv4", Endpoints: mine.Endpoints}),
			"as a builtin": made(labelled(slice("mine", "192.0.2.1"), "endpointslice-controller.k8s.io")),
		}},
		{"publish a metadata service, the Service range where it is denied by flag, or a denied address within NAT64, 6to4 or ISATAP", policy, ways{
			"metadata of Azure":      made(slice("mine", "168.63.129.16")),
			"metadata of EC2 (IPv6)": made(slice("mine", "fd00:ec2::254")),
			"Service range":          made(slice("mine", "10.96.0.1")),
			"NAT64":                  made(slice("mine", "64:ff9b::a9fe:a9fe")),
			"6to4":                   made(slice("mine", "2002:a9fe:a9fe::1")),
			"ISATAP":                 made(slice("mine", "2001:db8::5efe:a9fe:a9fe")),
			"in Endpoints":           made(endpoints("mine", "100.100.100.200")),
			"in a slice of ours":     changed(ours, func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Addresses[0] = "168.63.129.16" }),
			"behind a good one":      changed(ours, func(s *discoveryv1.EndpointSlice) { s.Endpoints = slice("", "192.0.2.1", "168.63.129.16").Endpoints }),
		}},
		{"publish loopback, link-local, or an IPv4 address in the form of an IPv6 one", server, ways{
			"loopback":               made(slice("mine", "127.0.0.1")),
			"link-local":             made(slice("mine", "169.254.169.254")),
			"v4-mapped":              made(slice("mine", "::ffff:169.254.169.254")),
			"loopback, in short":     made(slice("mine", "127.1")),
			"v4-mapped in Endpoints": made(endpoints("mine", "::ffff:127.0.0.1")),
		}},
		{"change the Endpoints of somebody else in place or by their labels alone, or delete them", policy, ways{
			"skip-mirror": changed(theirEndpoints, func(e *corev1.Endpoints) {
				e.Labels[discoveryv1.LabelSkipMirror] = "true"
			}),
			"change": changed(theirEndpoints, func(e *corev1.Endpoints) { e.Subsets[0].Addresses[0].IP = "192.0.2.66" }),
			"delete": deleted(theirEndpoints),
		}},
		{"change a Service of somebody else, or take it over", policy, ways{
			"port":   changed(theirService, func(s *corev1.Service) { s.Spec.Ports[0].Port = 81 }),
			"choice": changed(theirService, func(s *corev1.Service) { s.Spec.Selector = nil }),
			"take over": changed(theirService, func(s *corev1.Service) {
				marks := service("theirs")
				s.Labels, s.OwnerReferences = marks.Labels, marks.OwnerReferences
			}),
		}},
		{"make a Service that selects Pods, is of type ExternalName, or has an external or a load balancer IP", policy, ways{
			"load balancer IP": made(serviceWith(func(s *corev1.ServiceSpec) {
				s.Type, s.LoadBalancerIP = corev1.ServiceTypeLoadBalancer, "198.51.100.1"
			})),
			"selector":     made(serviceWith(func(s *corev1.ServiceSpec) { s.Selector = map[string]string{"app": "theirs"} })),
			"ExternalName": made(serviceWith(func(s *corev1.ServiceSpec) { s.Type, s.ExternalName = corev1.ServiceTypeExternalName, "example.com" })),
			"external IP":  made(serviceWith(func(s *corev1.ServiceSpec) { s.ExternalIPs = []string{"198.51.100.1"} })),
		}},
		{"delete many at once, or patch around the marks", roles, ways{
			"all slices": func(ctx context.Context, th thief) error {
				return th.DeleteAllOf(ctx, &discoveryv1.EndpointSlice{}, client.InNamespace(shop))
			},
			"a patch": func(ctx context.Context, th thief) error {
				return th.Patch(ctx, th.slice.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"endpoints":[]}`)))
			},
		}},
		{"delete a Service, or write the status of one", roles, ways{
			"delete": deleted(theirService),
			"status": func(ctx context.Context, th thief) error {
				return th.Status().Update(ctx, th.service.DeepCopy())
			},
		}},
		{"read Secrets or ConfigMaps, with references off", roles, ways{
			"Secrets":    read(&corev1.SecretList{}),
			"one":        asked("GET", "/api/v1/namespaces/shop/secrets/token"),
			"its own":    asked("GET", "/api/v1/namespaces/"+systemNamespace+"/secrets/token"),
			"ConfigMaps": read(&corev1.ConfigMapList{}),
		}},
		{"read, make or enter Pods, or what makes them", roles, ways{
			"read":       read(&corev1.PodList{}),
			"make":       made(&corev1.Pod{ObjectMeta: named(shop, "mine"), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}}}),
			"exec":       asked("POST", "/api/v1/namespaces/shop/pods/theirs/exec"),
			"logs":       asked("GET", "/api/v1/namespaces/shop/pods/theirs/log"),
			"Deployment": made(&appsv1.Deployment{ObjectMeta: named(shop, "mine")}),
			"status":     asked("PUT", "/api/v1/namespaces/shop/pods/theirs/status"),
		}},
		{"reach kubelets, Pods or Services through the API server", roles, ways{
			"nodes/proxy":    asked("GET", "/api/v1/nodes/node/proxy/pods"),
			"pods/proxy":     asked("GET", "/api/v1/namespaces/shop/pods/theirs/proxy/"),
			"services/proxy": asked("GET", "/api/v1/namespaces/shop/services/theirs/proxy/"),
			"port-forward":   asked("POST", "/api/v1/namespaces/shop/pods/theirs/portforward"),
		}},
		{"move a node or the Service range", roles, ways{
			"node":        made(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}),
			"its address": asked("PUT", "/api/v1/nodes/node/status"),
			"ServiceCIDR": asked("POST", "/apis/networking.k8s.io/v1/servicecidrs"),
		}},
		{"give itself rights", roles, ways{
			"bind": made(&rbacv1.ClusterRoleBinding{
				ObjectMeta: metav1.ObjectMeta{Name: "mine"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
			}),
			"a role": made(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}),
			"its role": func(ctx context.Context, th thief) error {
				return th.Update(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: releaseName, ResourceVersion: "1"}}, client.DryRunAll)
			},
			"approve a certificate": asked("PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/mine/approval"),
		}},
		{"be somebody else", roles, ways{
			"the administrator":       impersonating(rest.ImpersonationConfig{UserName: "system:admin"}),
			"of a group":              impersonating(rest.ImpersonationConfig{UserName: "me", Groups: []string{"system:masters"}}),
			"an account":              impersonating(rest.ImpersonationConfig{UserName: "system:serviceaccount:kube-system:default"}),
			"by a token":              tokenOf("kube-system", "default"),
			"by a longer-lived token": tokenOf(systemNamespace, releaseName),
		}},
		{"take the fence down, or change what is admitted", roles, ways{
			"policy": func(ctx context.Context, th thief) error {
				return th.Delete(ctx, &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: releaseName}}, client.DryRunAll)
			},
			"binding": func(ctx context.Context, th thief) error {
				return th.Delete(ctx, &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: releaseName}}, client.DryRunAll)
			},
			"webhook": made(&admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}),
			"CRD":     asked("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalservices.external-endpoints.io"),
		}},
		{"make, change or delete an ExternalService", roles, ways{
			"make":   made(&v1alpha1.ExternalService{ObjectMeta: named(shop, "mine")}),
			"delete": asked("DELETE", "/apis/external-endpoints.io/v1alpha1/namespaces/shop/externalservices/orders"),
		}},
		{"take the lease of somebody else, in its own namespace too", roles, ways{
			"read":      asked("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"),
			"take":      asked("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"),
			"its own":   asked("PUT", "/apis/coordination.k8s.io/v1/namespaces/"+systemNamespace+"/leases/somebody-else"),
			"look":      asked("GET", "/apis/coordination.k8s.io/v1/namespaces/"+systemNamespace+"/leases/somebody-else"),
			"heartbeat": asked("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node"),
		}},
		{"hold the operator's own lease, or make one in its namespace", nobody, ways{
			"make": made(&coordinationv1.Lease{ObjectMeta: named(systemNamespace, v1alpha1.ManagedBy)}),
		}},
		{"add a slice with addresses that are not denied to any Service, marked and owned as the operator's", nobody, ways{
			"slice": made(serving(slice("mine", "192.0.2.66"), "theirs")),
		}},
		{"make a Service under a free name, marked and owned as the operator's", nobody, ways{
			"Service": made(service("free")),
		}},
		{"take over Endpoints that nothing controls, by marking them; their own controller puts them right", nobody, ways{
			"mark": changed(theirEndpoints, func(e *corev1.Endpoints) {
				marks := endpoints("theirs", "192.0.2.66")
				e.Labels, e.OwnerReferences, e.Subsets = marks.Labels, marks.OwnerReferences, marks.Subsets
			}),
		}},
		{"write the status of any ExternalService: a forged Ready, or a state that the next process starts from", nobody, ways{
			"status": func(ctx context.Context, th thief) error {
				object := th.external.DeepCopy()
				object.Status.ObservedGeneration = object.Generation
				return th.Status().Update(ctx, object, client.DryRunAll)
			},
		}},
		{"write events, and ask whose a token is or what a user may do", nobody, ways{
			"event": made(&eventsv1.Event{
				ObjectMeta: named(shop, "mine"), EventTime: metav1.NowMicro(), Reason: "HostHealthy", Action: "Probe", Type: corev1.EventTypeNormal,
				ReportingController: v1alpha1.ManagedBy, ReportingInstance: "mine", Regarding: corev1.ObjectReference{Namespace: shop, Name: "mine"},
			}),
			"whose token": made(&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: "a"}}),
			"what a user may do": made(&authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: "jane", ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "secrets"},
			}}),
		}},
		{"read Services, Endpoints, slices, ExternalServices (with the header values and bundles in their checks) and nodes", nobody, ways{
			"Services": read(&corev1.ServiceList{}), "slices": read(&discoveryv1.EndpointSliceList{}),
			"Endpoints": read(&corev1.EndpointsList{}), "ExternalServices": read(&v1alpha1.ExternalServiceList{}), "nodes": read(&corev1.NodeList{}),
		}},
	}
}

// serviceWith is one as the operator would make it, but for something in its spec.
func serviceWith(change func(*corev1.ServiceSpec)) *corev1.Service {
	s := service("mine")
	change(&s.Spec)
	return s
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// labelled has a slice be managed by somebody.
func labelled(s *discoveryv1.EndpointSlice, by string) *discoveryv1.EndpointSlice {
	s.Labels[discoveryv1.LabelManagedBy] = by
	return s
}

// serving has a slice be one of a Service.
func serving(s *discoveryv1.EndpointSlice, service string) *discoveryv1.EndpointSlice {
	s.Labels[discoveryv1.LabelServiceName] = service
	return s
}
