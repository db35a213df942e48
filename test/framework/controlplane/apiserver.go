package controlplane

import (
	"fmt"
	"strings"

	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

func apiServer(c Config) process.Spec {
	args := []string{
		"--etcd-servers=unix://" + c.file(etcdSocket),
		"--bind-address=" + c.Address.String(),
		"--advertise-address=" + c.Address.String(),
		fmt.Sprintf("--secure-port=%d", c.Port),
		"--tls-cert-file=" + c.file(servingFile),
		"--tls-private-key-file=" + c.file(servingKeyFile),
		"--client-ca-file=" + c.file(authorityFile),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file=" + c.file(accountKeyFile),
		"--service-account-key-file=" + c.file(accountKeyFile),
		"--service-cluster-ip-range=" + ServiceCIDRs,
		"--audit-policy-file=" + c.file(auditPolicyFile),
		"--audit-log-path=" + c.file(auditLogFile),
		// Blocking is the default: what has been answered is in the log. It
		// must not be rotated away while a test counts in it.
		"--audit-log-maxsize=10000",
	}
	if c.Address.IsLoopback() {
		// It would publish its own address, which cannot be a loopback one.
		args = append(args, "--endpoint-reconciler-type=none")
	}
	if c.EmulatedVersion != "" {
		args = append(args, "--emulated-version="+c.EmulatedVersion)
	}
	if len(c.AdmissionPlugins) > 0 {
		args = append(args, "--enable-admission-plugins="+strings.Join(c.AdmissionPlugins, ","))
	}
	return process.Spec{
		Name: string(programs.APIServer),
		Path: c.Programs[programs.APIServer],
		Log:  c.log("kube-apiserver"),
		Args: args,
	}
}
