package externalservice

import (
	"errors"
	"fmt"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
)

// watchFor turns an API health check into one that can be probed. With an error,
// which names a field, it is one that the engine will refuse to run.
func watchFor(spec v1alpha1.HealthCheck) (*watch, error) {
	check := &probes.Check{Timeout: spec.EffectiveTimeout()}
	var err error
	switch spec.Kind() {
	case v1alpha1.CheckTCP:
		check.TCP, err = tcpCheck(*spec.TCP)
	case v1alpha1.CheckHTTP:
		check.HTTP, err = httpCheck(*spec.HTTP)
	case v1alpha1.CheckGRPC:
		check.GRPC = &probes.GRPC{Service: spec.GRPC.Service, TLS: clientTLS(spec.GRPC.TLS)}
	case v1alpha1.CheckTLS:
		check.TLS, err = tlsCheck(*spec.TLS)
	case v1alpha1.CheckUDP:
		check.UDP, err = udpCheck(*spec.UDP)
	case v1alpha1.CheckNone:
		check.None = &probes.None{}
	default:
		err = errors.New("must name a check: a UDP or SCTP port has none by default")
	}
	if err != nil {
		check = &probes.Check{}
	}
	return &watch{spec: spec, check: check, key: check.Key()}, err
}

func tcpCheck(spec v1alpha1.TCPCheck) (*probes.TCP, error) {
	send, sendErr := spec.Send.Bytes()
	expect, expectErr := spec.Expect.Bytes()
	return &probes.TCP{Send: send, Expect: expect}, in("tcp", sendErr, expectErr)
}

func udpCheck(spec v1alpha1.UDPCheck) (*probes.UDP, error) {
	send, sendErr := spec.Send.Bytes()
	expect, expectErr := spec.Expect.Bytes()
	return &probes.UDP{Send: send, Expect: expect}, in("udp", sendErr, expectErr)
}

func tlsCheck(spec v1alpha1.TLSCheck) (*probes.TLS, error) {
	check := &probes.TLS{ClientTLS: probes.ClientTLS{ServerName: spec.ServerName, CABundle: spec.CABundle}}
	if spec.MinimumValidity == "" {
		return check, nil
	}
	validity, err := spec.MinimumValidity.Parse()
	check.MinimumValidity = validity
	return check, in("tls.minimumValidity", err)
}

func httpCheck(spec v1alpha1.HTTPCheck) (*probes.HTTP, error) {
	check := &probes.HTTP{Method: spec.Method, Path: spec.Path, Host: spec.Host}
	for _, header := range spec.Headers {
		check.Headers = append(check.Headers, probes.Header{Name: header.Name, Value: header.Value})
	}
	for _, status := range spec.ExpectedStatuses {
		first, last, err := status.Bounds()
		if err != nil {
			return nil, in("http.expectedStatuses", err)
		}
		check.Statuses = append(check.Statuses, probes.StatusRange{First: first, Last: last})
	}
	if body := spec.ExpectedBody; body != nil {
		check.Contains, check.Matches = body.Contains, body.Matches
	}
	if spec.Scheme == v1alpha1.SchemeHTTPS {
		check.TLS = &probes.ClientTLS{}
		if spec.TLS != nil {
			check.TLS = clientTLS(spec.TLS)
		}
		check.TLS.ServerName = spec.EffectiveServerName(v1alpha1.Host{})
	}
	return check, nil
}

func clientTLS(spec *v1alpha1.TLSSettings) *probes.ClientTLS {
	if spec == nil {
		return nil
	}
	return &probes.ClientTLS{
		ServerName:         spec.ServerName,
		CABundle:           spec.CABundle,
		InsecureSkipVerify: spec.InsecureSkipVerify,
	}
}

// in names the field that errors are about; nil when there are none.
func in(field string, errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	return nil
}
