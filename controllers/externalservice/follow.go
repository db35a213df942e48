package externalservice

import (
	"errors"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
)

const (
	// mostBundle is the longest bundle of certificates in bytes, as for caBundle.
	mostBundle = 64 << 10
	// mostHeader is the longest header value in bytes that servers take in general.
	mostHeader = 8 << 10
)

// headers are a check's headers, with the values that they refer to.
func (r referents) headers(spec v1alpha1.HTTPCheck) ([]probes.Header, error) {
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

// headerValue is what a header refers to. A Secret goes to verified hosts, or to
// addresses that the author of the spec wrote down himself: whoever answers a name
// or sits on the way must not be told it. The API server refuses the others as
// well; here it keeps a missing rule there from giving a secret away.
func (r referents) headerValue(spec v1alpha1.HTTPCheck, source v1alpha1.HeaderSource) (string, error) {
	verified := spec.Scheme == v1alpha1.SchemeHTTPS && (spec.TLS == nil || !spec.TLS.InsecureSkipVerify)
	if source.SecretKeyRef != nil && !verified && !r.literal {
		return "", errors.New("secretKeyRef must be sent over verified TLS, unless every host is an IP address")
	}
	ref, key := headerReference(source)
	value, err := r.find(ref, key)
	switch {
	case err != nil:
		return "", err
	case len(value) > mostHeader:
		return "", missingReferent("what it refers to must be at most 8 KiB")
	}
	return value, nil
}

// clientTLS is how hosts are verified, and what they are shown.
func (r referents) clientTLS(field string, spec v1alpha1.TLSVerification, insecure bool) (*probes.ClientTLS, error) {
	check := &probes.ClientTLS{ServerName: spec.ServerName, CABundle: spec.CABundle, InsecureSkipVerify: insecure}
	var bundleErr, certificateErr error
	if ref := spec.CABundleRef; ref != nil {
		check.CABundle, bundleErr = r.find(bundleReference(*ref), ref.Key)
		if bundleErr == nil && len(check.CABundle) > mostBundle {
			bundleErr = missingReferent("what it refers to must be at most 64 KiB")
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

// judgeContent returns what is wrong with the content that a check refers to, a key
// that is none. The engine would say it too, but not of which port.
func judgeContent(spec v1alpha1.HealthCheck, check *probes.Check) error {
	if len(checkReferences(spec)) == 0 {
		return nil
	}
	if _, err := probes.Compile(*check, nil); err != nil {
		return missingReferent("with what it refers to, " + err.Error())
	}
	return nil
}
