package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// settings are the AWS configuration: environment variables first, then the
// profile (AWS SDKs and Tools reference, "Precedence of settings").
//
// The SDK's own loader is not used: it skips what it cannot parse, refuses
// retry_mode = legacy, builds the client that assumes a role before it knows
// the endpoint, and its errors differ only in their wording.
type settings struct {
	env      func(string) string
	files    *files
	profile  string // the profile in use
	explicit bool   // named by a flag or by the run, which takes precedence over keys in the environment
	from     string // where its name comes from
	own      section
	pinned   map[string]string // endpoints to use whatever the configuration says; nil = the configuration's
}

func readSettings(o Options) (*settings, error) {
	s := &settings{env: os.Getenv}
	if o.Pinned {
		s.pinned = maps.Clone(o.Endpoints)
		if s.pinned == nil {
			s.pinned = map[string]string{} // AWS's own
		}
	}
	var err error
	if s.files, err = readFiles(s.env); err != nil {
		return nil, err
	}
	switch {
	case o.Profile != "":
		s.profile, s.explicit, s.from = o.Profile, true, "--profile"
	case s.env("AWS_PROFILE") != "":
		s.profile, s.from = s.env("AWS_PROFILE"), "AWS_PROFILE"
	case s.env("AWS_DEFAULT_PROFILE") != "":
		s.profile, s.from = s.env("AWS_DEFAULT_PROFILE"), "AWS_DEFAULT_PROFILE"
	default:
		s.profile = config.DefaultSharedConfigProfile
		s.own = s.files.profiles[s.profile]
		return s, nil
	}
	var ok bool
	if s.own, ok = s.files.profiles[s.profile]; !ok {
		return s, s.missing(s.profile)
	}
	return s, nil
}

// missing says that there is no such profile, and names the files.
func (s *settings) missing(profile string) error {
	what := fmt.Sprintf("there is no profile %q in %s", profile, strings.Join(s.files.paths, " or "))
	if s.files.others[profile] {
		what = fmt.Sprintf("the configuration file %s has a section [%s], which must be [profile %s]", s.files.paths[0], profile, profile)
	}
	return &SignInError{Cause: ProfileMissing, Way: Way{Profile: profile, Subject: s.from}, What: what}
}

// value returns a setting and where it comes from.
func (s *settings) value(key string, variables ...string) (value, from string) {
	for _, v := range variables {
		if value = s.env(v); value != "" {
			return value, v
		}
	}
	if value = s.own.values[key]; value != "" {
		return value, key + " of profile " + s.profile
	}
	return "", ""
}

func (s *settings) region(flag string) (region, from string) {
	if flag != "" {
		return flag, "--region"
	}
	region, from = s.value("region", "AWS_REGION", "AWS_DEFAULT_REGION")
	return strings.TrimSpace(region), from
}

// flag reads a setting that is true or false.
func (s *settings) flag(key, variable string) (bool, error) {
	value, from := s.value(key, variable)
	switch strings.ToLower(value) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, &SettingError{from, fmt.Sprintf("is %q; it must be true or false", value)}
}

// retries reads how often and how the SDK retries a call. boto3's legacy mode is
// standard in the SDK for Go.
func (s *settings) retries(cfg *aws.Config) error {
	if value, from := s.value("max_attempts", "AWS_MAX_ATTEMPTS"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return &SettingError{from, fmt.Sprintf("is %q; it must be a number, at least 1", value)}
		}
		cfg.RetryMaxAttempts = n
	}
	value, from := s.value("retry_mode", "AWS_RETRY_MODE")
	switch strings.ToLower(value) {
	case "":
	case "legacy", "standard":
		cfg.RetryMode = aws.RetryModeStandard
	case "adaptive":
		cfg.RetryMode = aws.RetryModeAdaptive
	default:
		return &SettingError{from, fmt.Sprintf("is %q; it must be standard, adaptive or legacy", value)}
	}
	return nil
}

// sources are the settings that SDK clients look up themselves.
func (s *settings) sources() (shared config.SharedConfig, err error) {
	fips, err := s.flag("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT")
	if err != nil {
		return shared, err
	}
	if fips {
		shared.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	dual, err := s.flag("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT")
	if err != nil {
		return shared, err
	}
	if dual {
		shared.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	if off, err := s.flag("ec2_metadata_v1_disabled", "AWS_EC2_METADATA_V1_DISABLED"); err != nil {
		return shared, err
	} else if off {
		shared.EC2IMDSv1Disabled = aws.Bool(true)
	}
	shared.EC2IMDSEndpoint, _ = s.value("ec2_metadata_service_endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT")
	if mode, from := s.value("ec2_metadata_service_endpoint_mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"); mode != "" {
		var state imds.EndpointModeState
		if state.SetFromString(mode) != nil {
			return shared, &SettingError{from, fmt.Sprintf("is %q; it must be IPv4 or IPv6", mode)}
		}
		shared.EC2IMDSEndpointMode = state
	}
	return shared, nil
}

// Names returns the profile that the environment names, and the region that the
// environment or the configuration files name; "" = none. It resolves nothing.
func Names(context.Context) (profile, region string) {
	s, err := readSettings(Options{})
	if err != nil {
		return cmp.Or(os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE")), cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	}
	if s.from != "" {
		profile = s.profile
	}
	region, _ = s.region("")
	return profile, region
}
