package checks

import (
	"cmp"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// Reference names a Secret or ConfigMap in the namespace of the object that
// refers to it.
type Reference struct{ Kind, Name string }

const (
	KindSecret    = "Secret"
	KindConfigMap = "ConfigMap"
)

// String is "Secret/name".
func (r Reference) String() string { return r.Kind + "/" + r.Name }

func secretNamed(name string) Reference { return Reference{KindSecret, name} }

// bundleReference is the object that a caBundleRef names.
func bundleReference(ref v1alpha1.CABundleReference) Reference {
	return Reference{cmp.Or(ref.Kind, KindConfigMap), ref.Name}
}

// headerReference is the object and key that a header's value is taken from. The
// API server refuses a source that is empty; here its reference leads nowhere.
func headerReference(source v1alpha1.HeaderSource) (Reference, string) {
	switch {
	case source.SecretKeyRef != nil:
		return secretNamed(source.SecretKeyRef.Name), source.SecretKeyRef.Key
	case source.ConfigMapKeyRef != nil:
		return Reference{KindConfigMap, source.ConfigMapKeyRef.Name}, source.ConfigMapKeyRef.Key
	default:
		return Reference{}, ""
	}
}

// ReferencesOf are all references of the checks of a spec, sorted, each once.
func ReferencesOf(spec v1alpha1.ExternalServiceSpec) []Reference {
	all := make([]Reference, 0, len(spec.Ports))
	for _, port := range spec.Ports {
		all = append(all, checkReferences(spec.HealthCheckFor(port))...)
	}
	slices.SortFunc(all, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(all)
}

// checkReferences are the references of one check.
func checkReferences(check v1alpha1.HealthCheck) []Reference {
	var all []Reference
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
