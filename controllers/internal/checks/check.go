package checks

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// For turns an API health check into one that can be probed on the host. A name is the Host
// header, the authority and the server name, and the certificate must be valid for it. An error
// names a field; the Check holds it too, and the engine refuses to run that check.
func For(spec v1alpha1.HealthCheck, host v1alpha1.Host, r References) (*Check, error) {
	check := &probes.Check{Timeout: spec.EffectiveTimeout()}
	var err error
	switch spec.Kind() {
	case v1alpha1.CheckTCP:
		check.TCP, err = tcpCheck(*spec.TCP)
	case v1alpha1.CheckHTTP:
		check.HTTP, err = httpCheck(*spec.HTTP, host, r)
	case v1alpha1.CheckGRPC:
		check.GRPC, err = grpcCheck(*spec.GRPC, host, r)
	case v1alpha1.CheckTLS:
		check.TLS, err = tlsCheck(*spec.TLS, host, r)
	case v1alpha1.CheckUDP:
		check.UDP, err = udpCheck(*spec.UDP)
	case v1alpha1.CheckNone:
		check.None = &probes.None{}
	default:
		err = errors.New("must name a check: a UDP or SCTP port has none by default")
	}
	if err == nil {
		err = validateContent(spec, check)
	}
	if err != nil {
		return &Check{Spec: spec, Probe: &probes.Check{}, Key: specKey(spec), Err: err}, err
	}
	return &Check{Spec: spec, Probe: check, Key: check.Key()}, nil
}

// specKey replaces the key of a check that cannot be run: ports with the same check still share
// one key, and different checks must not be taken for the same one.
func specKey(spec v1alpha1.HealthCheck) probes.CheckKey {
	encoded, err := json.Marshal(spec)
	if err != nil {
		panic(fmt.Sprintf("a health check came as JSON, yet does not encode: %v", err))
	}
	return sha256.Sum256(encoded)
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

func tlsCheck(spec v1alpha1.TLSCheck, host v1alpha1.Host, r References) (*probes.TLS, error) {
	settings, err := r.clientTLS("tls", spec.TLSVerification, false)
	if err != nil {
		return nil, err
	}
	check := &probes.TLS{ClientTLS: *settings}
	check.ServerName = spec.EffectiveServerName(host)
	if spec.MinimumValidity == "" {
		return check, nil
	}
	validity, err := spec.MinimumValidity.Parse()
	check.MinimumValidity = validity
	return check, in("tls.minimumValidity", err)
}

func grpcCheck(spec v1alpha1.GRPCCheck, host v1alpha1.Host, r References) (*probes.GRPC, error) {
	check := &probes.GRPC{Service: spec.Service, Authority: spec.EffectiveAuthority()}
	if check.Authority == "" {
		check.Name = host.Domain()
	}
	if spec.TLS == nil {
		return check, nil
	}
	var err error
	check.TLS, err = r.clientTLS("grpc.tls", spec.TLS.TLSVerification, spec.TLS.InsecureSkipVerify)
	check.TLS.ServerName = spec.EffectiveServerName(host)
	return check, err
}

func httpCheck(spec v1alpha1.HTTPCheck, host v1alpha1.Host, r References) (*probes.HTTP, error) {
	check := &probes.HTTP{Method: spec.Method, Path: spec.Path, Host: string(spec.Host)}
	if check.Host == "" {
		check.Name = host.Domain()
	}
	var err error
	if check.Headers, err = r.headers(spec); err != nil {
		return nil, err
	}
	for _, status := range spec.ExpectedStatuses {
		first, last, err := status.Bounds()
		if err != nil {
			return nil, in("http.expectedStatuses", err)
		}
		check.Statuses = append(check.Statuses, probes.StatusRange{First: first, Last: last})
	}
	if body := spec.ExpectedBody; body != nil {
		check.Contains, check.Matches = body.Contains, string(body.Matches)
	}
	if spec.Scheme == v1alpha1.SchemeHTTPS {
		check.TLS = &probes.ClientTLS{}
		if spec.TLS != nil {
			check.TLS, err = r.clientTLS("http.tls", spec.TLS.TLSVerification, spec.TLS.InsecureSkipVerify)
		}
		check.TLS.ServerName = spec.EffectiveServerName(host)
	}
	return check, err
}

// in names the field that errors are about; nil when there are none.
func in(field string, errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	return nil
}

// Thresholds are the rise and fall of a check, in probes in a row.
func Thresholds(spec v1alpha1.HealthCheck) health.Thresholds {
	return health.Thresholds{Rise: int(spec.HealthyThreshold), Fall: int(spec.UnhealthyThreshold)}
}

// Check is how the hosts are checked on one port, every default filled in.
type Check struct {
	Spec  v1alpha1.HealthCheck
	Probe *probes.Check
	Key   probes.CheckKey
	// Err is why the check cannot be run; nil: it can. Its hosts keep their verdicts, which may
	// be stale.
	Err error
}
