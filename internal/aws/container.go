package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
)

// The variables with which ECS and EKS name the source of a container's credentials
// (AWS SDKs and Tools reference, “Container credential provider”).
const (
	relativeURI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	fullURI     = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	tokenInFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
	ecsHost     = "http://169.254.170.2"
)

// containerLimit is the time limit for the agent, which is on this machine.
const containerLimit = 15 * time.Second

// container returns the credentials that ECS or EKS gives to a container. The
// agent is local, so no proxy is used.
func (c *chain) container(profile string) (aws.CredentialsProvider, error) {
	way := Way{Provider: ProviderContainer, Profile: profile, Subject: ecsHost + c.env(relativeURI), Settings: map[string]string{"variable": relativeURI}}
	if c.env(relativeURI) == "" {
		way.Subject, way.Settings["variable"] = c.env(fullURI), fullURI
		if err := allowedAgent(way.Subject); err != nil {
			return nil, &SignInError{Cause: ContainerHostRefused, Way: way, What: fmt.Sprintf("%s is %q: %v", fullURI, way.Subject, err)}
		}
	}
	token := c.env("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	agent := endpointcreds.New(way.Subject, func(o *endpointcreds.Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{}, Timeout: containerLimit,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		if c.cfg.Retryer != nil {
			o.Retryer = c.cfg.Retryer()
		}
		o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) { return token, nil })
	})
	return c.add(way, aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if path := c.env(tokenInFile); path != "" {
			var err error
			if token, err = agentToken(path); err != nil {
				return aws.Credentials{}, err
			}
		}
		return agent.Retrieve(ctx)
	}), containerFailure), nil
}

// allowedAgent says why an address may not be asked for credentials. Over plain
// HTTP, only this machine and the addresses of ECS and EKS may get the
// authorization token (aws-sdk-go-v2, config/resolve_credentials.go).
func allowedAgent(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it must be an http or https URL")
	case u.Scheme == "https" || u.Hostname() == "localhost":
		return nil
	}
	ip := net.ParseIP(u.Hostname())
	known := []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
	if ip == nil || !ip.IsLoopback() && !slices.ContainsFunc(known, func(k string) bool { return ip.Equal(net.ParseIP(k)) }) {
		return errors.New("over http only this machine and the addresses of ECS and EKS are allowed")
	}
	return nil
}

func agentToken(path string) (string, error) {
	raw, err := readText(path)
	if err != nil {
		return "", &SignInError{Cause: ContainerToken, What: fmt.Sprintf("the authorization token file %s (%s) cannot be read", path, tokenInFile), Err: withoutPath(err)}
	}
	token := strings.TrimSpace(string(raw))
	if strings.ContainsFunc(token, unicode.IsControl) { // a header has one line
		return "", &SignInError{Cause: ContainerToken, What: fmt.Sprintf("the authorization token file %s (%s) contains more than a token", path, tokenInFile)}
	}
	return token, nil
}

// containerFailure explains what the agent answered. EKS's says “Unauthorized
// Exception! EKS does not have permissions to assume the associated role.”
// (aws/eks-pod-identity-agent#139).
func containerFailure(err error) *SignInError {
	e := &SignInError{Cause: OtherSignIn, Err: err}
	switch status := httpStatus(err); {
	case unreachable(err):
		e.Cause = Unreachable
	case status >= 400 && status < 500:
		e.Cause = ContainerRefused
	}
	return e
}
