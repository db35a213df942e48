package main

import (
	"bytes"
	"encoding/pem"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// rootsFile is where Go looks for the authorities that it trusts.
const rootsFile = "/etc/ssl/certs/ca-certificates.crt"

// roots are the certificates of the public authorities that Mozilla trusts, by which
// the operator verifies hosts whose checks name no caBundle. An authority whose newer
// certificates are not trusted any more is left out: a file cannot say from when.
func roots() []byte {
	var file bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			file.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return file.Bytes()
}
