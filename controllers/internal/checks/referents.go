package checks

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
)

const (
	// maxBundleBytes is the longest bundle of certificates in bytes, as for caBundle.
	maxBundleBytes = 64 << 10
	// maxHeaderBytes is the longest header value in bytes that servers take in general.
	maxHeaderBytes = 8 << 10
)

// headers are a check's headers, with the values that they refer to.
func (r References) headers(spec v1alpha1.HTTPCheck) ([]probes.Header, error) {
	var headers []probes.Header
	for _, header := range spec.Headers {
		value := header.Value
		if header.ValueFrom != nil {
			var err error
			if value, err = r.headerValue(spec, *header.ValueFrom); err != nil {
				return nil, in("http.headers", in(header.Name, err))
			}
		}
		headers = append(headers, probes.Header{Name: header.Name, Value: probes.Secret(value)})
	}
	return headers, nil
}

// headerValue returns the value that a header refers to. A Secret is sent only to verified hosts,
// or to addresses that the author of the spec wrote down: whoever controls a name's DNS answer or
// the network path must not receive it. The API server rejects other specs as well; this check
// keeps the Secret safe if a CEL rule is missing there.
func (r References) headerValue(spec v1alpha1.HTTPCheck, source v1alpha1.HeaderSource) (string, error) {
	verified := spec.Scheme == v1alpha1.SchemeHTTPS && (spec.TLS == nil || !spec.TLS.InsecureSkipVerify)
	if source.SecretKeyRef != nil && !verified && !r.AddressesOnly {
		return "", errors.New("secretKeyRef must be sent over verified TLS, unless every host is an IP address")
	}
	ref, key := headerReference(source)
	value, err := r.find(ref, key)
	switch {
	case err != nil:
		return "", err
	case len(value) > maxHeaderBytes:
		return "", ReferenceError("what it refers to must be at most 8 KiB")
	}
	return value, nil
}

// clientTLS is how hosts are verified, and what they are shown.
func (r References) clientTLS(field string, spec v1alpha1.TLSVerification, insecure bool) (*probes.ClientTLS, error) {
	check := &probes.ClientTLS{ServerName: spec.ServerName, CABundle: spec.CABundle, InsecureSkipVerify: insecure}
	var bundleErr, certificateErr error
	if ref := spec.CABundleRef; ref != nil {
		check.CABundle, bundleErr = r.find(bundleReference(*ref), ref.Key)
		if bundleErr == nil && len(check.CABundle) > maxBundleBytes {
			bundleErr = ReferenceError("what it refers to must be at most 64 KiB")
		}
	}
	if ref := spec.ClientCertificateRef; ref != nil {
		certificate, noCertificate := r.find(secretNamed(ref.Name), corev1.TLSCertKey)
		key, noKey := r.find(secretNamed(ref.Name), corev1.TLSPrivateKeyKey)
		check.ClientCertificate, check.ClientKey = probes.Secret(certificate), probes.Secret(key)
		if certificateErr = noCertificate; certificateErr == nil {
			certificateErr = noKey
		}
	}
	return check, errors.Join(in(field+".caBundleRef", bundleErr), in(field+".clientCertificateRef", certificateErr))
}

// validateContent returns what is wrong with the content that a check refers to, a key
// that is none. The engine would say it too, but not of which port.
func validateContent(spec v1alpha1.HealthCheck, check *probes.Check) error {
	if len(checkReferences(spec)) == 0 {
		return nil
	}
	if err := compile.Validate(check); err != nil {
		return ReferenceError("with what it refers to, " + err.Error())
	}
	return nil
}

// References are what the references of an object lead to. The zero value is an
// operator that follows no references.
type References struct {
	// Followed: the operator was started with --enable-references.
	Followed bool
	// Data is the content of those that are there and labelled, by key.
	Data map[Reference]map[string]string
	// AddressesOnly: every host of the object is an IP address.
	AddressesOnly bool
}

// ReferenceError is an error that ends when the referenced object is created, labelled or
// changed, so that a retry may succeed without a change of the spec.
type ReferenceError string

func (m ReferenceError) Error() string { return string(m) }

// find returns what a reference leads to. Errors name objects and keys, as the
// spec does, and no content.
func (r References) find(ref Reference, key string) (string, error) {
	if !r.Followed {
		return "", errors.New("must not be set: this operator was started without --enable-references")
	}
	content, found := r.Data[ref]
	if !found {
		return "", ReferenceError(fmt.Sprintf("%s %q does not exist in this namespace, or lacks the label %s: \"true\"",
			ref.Kind, ref.Name, v1alpha1.ReferenceLabel))
	}
	value, found := content[key]
	if !found || value == "" {
		return "", ReferenceError(fmt.Sprintf("%s %q has nothing under the key %q", ref.Kind, ref.Name, key))
	}
	return value, nil
}
