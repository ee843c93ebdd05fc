package aws

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// transport is the SDK's own, with the proxies of the environment and the CA
// bundle of the configuration.
func (s *settings) transport() (http.RoundTripper, error) {
	client := awshttp.NewBuildableClient()
	path, from := s.value("ca_bundle", "AWS_CA_BUNDLE")
	if path == "" {
		return client.GetTransport(), nil
	}
	pool, err := readBundle(path)
	if err != nil {
		return nil, &BundleError{Path: path, From: from, What: err.Error()}
	}
	return client.WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = pool
	}).GetTransport(), nil
}

func readBundle(path string) (*x509.CertPool, error) {
	raw, err := readText(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("does not exist")
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("cannot be read by this user")
	case err != nil:
		return nil, errors.New("cannot be read: " + withoutPath(err).Error())
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, errors.New("contains no certificate in PEM format")
	}
	return pool, nil
}
