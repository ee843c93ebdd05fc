package aws

import (
	"cmp"
	"strings"
)

// endpointServices are the services with a configurable endpoint, by the name in
// variables and files (AWS SDKs and Tools reference, "Service-specific
// endpoints").
var endpointServices = []string{"STS", "IAM", "COGNITO_IDENTITY_PROVIDER", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK_AGENTCORE"}

const endpointVariable = "AWS_ENDPOINT_URL"

// endpoint returns the configured endpoint of a service; "" = AWS's own.
func (s *settings) endpoint(service string) string {
	url, _ := s.findEndpoint(service)
	return url
}

// findEndpoint returns the endpoint and where it comes from: the variable for the
// service, the variable for all services, the profile's services section, or its
// endpoint_url, in this order.
func (s *settings) findEndpoint(service string) (url, from string) {
	if s.pinned != nil {
		return cmp.Or(s.pinned[endpointVariable+"_"+service], s.pinned[endpointVariable]), "the run"
	}
	if ignore, _ := s.value("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"); strings.EqualFold(ignore, "true") {
		return "", ""
	}
	for _, variable := range []string{endpointVariable + "_" + service, endpointVariable} {
		if v := s.env(variable); v != "" {
			return v, variable
		}
	}
	section := s.own.values["services"]
	if own := s.files.services[section].nested[strings.ToLower(service)]["endpoint_url"]; own != "" {
		return own, "section services " + section
	}
	return s.value("endpoint_url")
}

// endpointOr returns the configured endpoint of a service, or the recorded one of the
// run.
func (s *settings) endpointOr(service string, remembered map[string]string) string {
	return cmp.Or(s.endpoint(service), remembered[endpointVariable+"_"+service], remembered[endpointVariable])
}

// Endpoints returns the custom endpoints of these options, by environment variable.
// Without custom endpoints it is empty.
func Endpoints(o Options) (map[string]string, error) {
	s, err := readSettings(o)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, service := range endpointServices {
		if v := s.endpointOr(service, o.Endpoints); v != "" {
			found[endpointVariable+"_"+service] = v
		}
	}
	return found, nil
}

// custom lists the custom endpoints and where each comes from.
func (s *settings) custom() []CustomEndpoint {
	var found []CustomEndpoint
	for _, service := range endpointServices {
		if url, from := s.findEndpoint(service); url != "" {
			found = append(found, CustomEndpoint{service, url, from})
		}
	}
	return found
}
