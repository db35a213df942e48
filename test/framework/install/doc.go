// Package install installs and runs the operator as its users do: from the
// manifests under config, with the rights of its own service account.
package install
