package controlplane

// Files in the cluster's directory.
const (
	authorityFile   = "authority.crt"
	servingFile     = "apiserver.crt"
	servingKeyFile  = "apiserver.key"
	accountKeyFile  = "serviceaccount.key"
	auditPolicyFile = "audit-policy.yaml"
	auditLogFile    = "audit.log"
	etcdSocket      = "etcd.sock"
)
