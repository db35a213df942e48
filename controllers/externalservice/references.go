package externalservice

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// reference names a Secret or ConfigMap in the namespace of the object that
// refers to it.
type reference struct{ kind, name string }

const (
	kindSecret    = "Secret"
	kindConfigMap = "ConfigMap"
)

// String is "Secret/name".
func (r reference) String() string { return r.kind + "/" + r.name }

func secretNamed(name string) reference { return reference{kindSecret, name} }

// bundleReference is the object that a caBundleRef names.
func bundleReference(ref v1alpha1.CABundleReference) reference {
	return reference{cmp.Or(ref.Kind, kindConfigMap), ref.Name}
}

// headerReference is the object and key that a header's value is taken from. The
// API server refuses a source that is empty; here its reference leads nowhere.
func headerReference(source v1alpha1.HeaderSource) (reference, string) {
	switch {
	case source.SecretKeyRef != nil:
		return secretNamed(source.SecretKeyRef.Name), source.SecretKeyRef.Key
	case source.ConfigMapKeyRef != nil:
		return reference{kindConfigMap, source.ConfigMapKeyRef.Name}, source.ConfigMapKeyRef.Key
	default:
		return reference{}, ""
	}
}

// referencesOf are all references of the checks of a spec, sorted, each once.
func referencesOf(spec v1alpha1.ExternalServiceSpec) []reference {
	all := make([]reference, 0, len(spec.Ports))
	for _, port := range spec.Ports {
		all = append(all, checkReferences(spec.HealthCheckFor(port))...)
	}
	slices.SortFunc(all, func(a, b reference) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	return slices.Compact(all)
}

// checkReferences are the references of one check.
func checkReferences(check v1alpha1.HealthCheck) []reference {
	var all []reference
	verification := func(v v1alpha1.TLSVerification) {
		if v.CABundleRef != nil {
			all = append(all, bundleReference(*v.CABundleRef))
		}
		if v.ClientCertificateRef != nil {
			all = append(all, secretNamed(v.ClientCertificateRef.Name))
		}
	}
	if http := check.HTTP; http != nil {
		for _, header := range http.Headers {
			if header.ValueFrom != nil {
				ref, _ := headerReference(*header.ValueFrom)
				all = append(all, ref)
			}
		}
		if http.TLS != nil {
			verification(http.TLS.TLSVerification)
		}
	}
	if check.GRPC != nil && check.GRPC.TLS != nil {
		verification(check.GRPC.TLS.TLSVerification)
	}
	if check.TLS != nil {
		verification(check.TLS.TLSVerification)
	}
	return all
}

// referents are what the references of an object lead to. The zero value is an
// operator that follows no references.
type referents struct {
	// followed: the operator was started with --enable-references.
	followed bool
	// data is the content of those that are there and labelled, by key.
	data map[reference]map[string]string
	// literal: every host of the object is an IP address.
	literal bool
}

// missingReferent is an error that ends when somebody creates, labels or fills the
// object that it names.
type missingReferent string

func (m missingReferent) Error() string { return string(m) }

// find returns what a reference leads to. Errors name objects and keys, as the
// spec does, and no content.
func (r referents) find(ref reference, key string) (string, error) {
	if !r.followed {
		return "", errors.New("must not be set: this operator was started without --enable-references")
	}
	content, found := r.data[ref]
	if !found {
		return "", missingReferent(fmt.Sprintf("%s %q does not exist in this namespace, or lacks the label %s: \"true\"",
			ref.kind, ref.name, v1alpha1.ReferenceLabel))
	}
	value, found := content[key]
	if !found || value == "" {
		return "", missingReferent(fmt.Sprintf("%s %q has nothing under the key %q", ref.kind, ref.name, key))
	}
	return value, nil
}
