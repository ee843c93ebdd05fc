package aws

import "strings"

// endpointServices are the services whose endpoint can be moved, by the name
// that variables and files use (AWS SDKs and Tools reference, "Service-specific
// endpoints").
var endpointServices = []string{"STS", "IAM", "COGNITO_IDENTITY_PROVIDER", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK_AGENTCORE"}

const endpointVariable = "AWS_ENDPOINT_URL"

// endpoint returns the configured endpoint of a service; "" = AWS's own. A
// variable for the service comes first, then the one for all, then the
// profile's services section and its endpoint_url.
func (s *settings) endpoint(service string) string {
	if ignore, _ := s.value("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"); strings.EqualFold(ignore, "true") {
		return ""
	}
	for _, variable := range []string{endpointVariable + "_" + service, endpointVariable} {
		if v := s.env(variable); v != "" {
			return v
		}
	}
	if own := s.files.services[s.own.values["services"]].nested[strings.ToLower(service)]["endpoint_url"]; own != "" {
		return own
	}
	return s.own.values["endpoint_url"]
}

// endpoints returns the configured endpoints of the services that a run uses,
// by environment variable.
func (s *settings) endpoints() map[string]string {
	found := map[string]string{}
	for _, service := range endpointServices {
		if v := s.endpoint(service); v != "" {
			found[endpointVariable+"_"+service] = v
		}
	}
	return found
}

// ConfiguredEndpoints returns the custom endpoints that environment variables
// and the profile in use name, by environment variable. It is empty on plain
// AWS, and where the configuration cannot be read.
func ConfiguredEndpoints() map[string]string {
	s, err := readSettings(Options{})
	if err != nil {
		return nil
	}
	return s.endpoints()
}
