// Package aws knows where the services are: configuration, credentials, the
// SDK clients, and the one hook through which every HTTP exchange passes.
package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

// Sandbox says how to reach the embedded services.
type Sandbox struct {
	Endpoint                                     string
	AccessKeyID, SecretAccessKey, Region, Portal string
}

// Options choose a world.
type Options struct {
	Sandbox   *Sandbox          // nil: AWS
	Region    string            // "" = environment, then profile
	Profile   string            // "" = environment, then default
	Endpoints map[string]string // custom endpoints a run remembers, by environment variable; the environment wins
	IMDS      bool              // ask the instance metadata service for credentials even where this does not look like EC2
	// RetryPause is the longest pause before the SDK repeats a call; 0 = the SDK's own (20 s).
	RetryPause time.Duration
	MFA        func() (string, error) // asks the person for a code; nil = nobody to ask
}

// Environment is one place to work in: the sandbox, or an AWS account and region.
type Environment struct {
	Sandbox   bool
	Region    string
	Profile   string
	Portal    string // the developer portal's address where it is not the vendor's own
	Account   string // twelve digits; set by Identify
	CallerARN string // set by Identify
	Partition string // "aws", "aws-us-gov", ...; set by Identify

	STS     *sts.Client
	IAM     *iam.Client
	Cognito *cognitoidentityprovider.Client
	Control *bedrockagentcorecontrol.Client
	Data    *bedrockagentcore.Client
	HTTP    *http.Client // for the token endpoint, the discovery document and the gateway
	Config  aws.Config
}

// endpointVariables are the settings that move a service elsewhere
// (AWS SDKs reference, "Service-specific endpoints").
var endpointVariables = []string{
	"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
	"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE",
}

// ConfiguredEndpoints returns the custom endpoints of the environment.
func ConfiguredEndpoints() map[string]string {
	found := map[string]string{}
	for _, name := range endpointVariables {
		if v := os.Getenv(name); v != "" {
			found[name] = v
		}
	}
	return found
}

// Names returns the profile that the environment names and the region that
// environment or configuration files do; "" = none. It resolves nothing.
func Names(ctx context.Context) (profile, region string) {
	env, err := config.NewEnvConfig()
	if err != nil {
		return "", ""
	}
	profile, region = env.SharedConfigProfile, env.Region
	if region != "" {
		return profile, region
	}
	read := profile
	if read == "" {
		read = config.DefaultSharedConfigProfile
	}
	shared, err := config.LoadSharedConfigProfile(ctx, read, func(o *config.LoadSharedConfigOptions) {
		if env.SharedConfigFile != "" {
			o.ConfigFiles = []string{env.SharedConfigFile}
		}
		if env.SharedCredentialsFile != "" {
			o.CredentialsFiles = []string{env.SharedCredentialsFile}
		}
	})
	if err == nil {
		region = shared.Region
	}
	return profile, region
}

// ErrNoRegion says that neither flag, environment nor profile names a region.
var ErrNoRegion = errors.New("no AWS region is set")

// ErrMFASessionEnded says that a session begun with an MFA code has expired. A
// new code is asked for only where the terminal is free for it.
var ErrMFASessionEnded = errors.New("the session that the MFA code began has expired")

// Open loads the configuration. It makes no call to a service, but a
// credential process or an MFA prompt may need the terminal.
func Open(ctx context.Context, o Options) (*Environment, error) {
	if o.Sandbox != nil {
		return openSandbox(o), nil
	}
	cfg, err := loadConfig(ctx, o)
	if err != nil {
		return nil, err
	}
	w := &Environment{Region: strings.TrimSpace(cfg.Region), Profile: o.Profile, Config: cfg}
	if w.Region == "" {
		return w, ErrNoRegion
	}
	w.Config.Region = w.Region
	w.connect(o.Endpoints)
	return w, nil
}

func loadConfig(ctx context.Context, o Options) (aws.Config, error) {
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // its warnings would stand in the middle of a page
		// Asking a metadata service that is not there costs seconds, so it is
		// asked separately, and only where it can be.
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithAssumeRoleCredentialOptions(func(a *stscreds.AssumeRoleOptions) {
			if o.MFA != nil {
				a.TokenProvider = o.MFA
			}
		}),
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return cfg, err
	}
	if o.IMDS || looksLikeEC2() {
		cfg.Credentials = withInstanceMetadata(cfg.Credentials)
	}
	transport := http.DefaultTransport
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		transport = client.GetTransport() // has AWS_CA_BUNDLE and the proxies
	}
	cfg.HTTPClient = observed(transport)
	cfg.Retryer = o.retryer()
	return cfg, nil
}

// retryer is the SDK's, with its pauses cut short where that is asked for.
func (o Options) retryer() func() aws.Retryer {
	if o.RetryPause == 0 {
		return nil // the SDK chooses, by environment and profile
	}
	return func() aws.Retryer {
		return retry.NewStandard(func(s *retry.StandardOptions) { s.MaxBackoff = o.RetryPause })
	}
}

func openSandbox(o Options) *Environment {
	s := *o.Sandbox
	w := &Environment{Sandbox: true, Region: s.Region, Portal: s.Portal, Config: aws.Config{
		// Built by hand: nothing of the environment may lead elsewhere.
		Region:       s.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, ""),
		BaseEndpoint: aws.String(s.Endpoint),
		Retryer:      o.retryer(),
		Logger:       logging.Nop{},
		HTTPClient:   observed(&http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}),
	}}
	w.connect(nil)
	return w
}

// connect makes the clients. A remembered endpoint serves where the
// environment names none.
func (w *Environment) connect(remembered map[string]string) {
	w.HTTP = w.Config.HTTPClient.(*http.Client)
	w.Config.APIOptions = append(w.Config.APIOptions, completeAnswers)
	base := func(service string) *string {
		own := os.Getenv("AWS_ENDPOINT_URL_" + service)
		all := os.Getenv("AWS_ENDPOINT_URL")
		if own != "" || all != "" {
			return nil // the SDK reads these itself
		}
		if v := remembered["AWS_ENDPOINT_URL_"+service]; v != "" {
			return aws.String(v)
		}
		if v := remembered["AWS_ENDPOINT_URL"]; v != "" {
			return aws.String(v)
		}
		return nil
	}
	w.STS = sts.NewFromConfig(w.Config, func(o *sts.Options) { override(&o.BaseEndpoint, base("STS")) })
	w.IAM = iam.NewFromConfig(w.Config, func(o *iam.Options) { override(&o.BaseEndpoint, base("IAM")) })
	w.Cognito = cognitoidentityprovider.NewFromConfig(w.Config, func(o *cognitoidentityprovider.Options) {
		override(&o.BaseEndpoint, base("COGNITO_IDENTITY_PROVIDER"))
	})
	w.Control = bedrockagentcorecontrol.NewFromConfig(w.Config, func(o *bedrockagentcorecontrol.Options) {
		override(&o.BaseEndpoint, base("BEDROCK_AGENTCORE_CONTROL"))
	})
	w.Data = bedrockagentcore.NewFromConfig(w.Config, func(o *bedrockagentcore.Options) {
		override(&o.BaseEndpoint, base("BEDROCK_AGENTCORE"))
	})
}

func override(endpoint **string, with *string) {
	if with != nil {
		*endpoint = with
	}
}

// Endpoints lists the custom endpoints in force, one per service that has
// one; empty on plain AWS.
func (w *Environment) Endpoints() map[string]string {
	if w.Config.HTTPClient == nil || w.STS == nil {
		return nil
	}
	found := map[string]string{}
	for name, endpoint := range map[string]*string{
		"AWS_ENDPOINT_URL_STS":                       w.STS.Options().BaseEndpoint,
		"AWS_ENDPOINT_URL_IAM":                       w.IAM.Options().BaseEndpoint,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": w.Cognito.Options().BaseEndpoint,
		"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": w.Control.Options().BaseEndpoint,
		"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE":         w.Data.Options().BaseEndpoint,
	} {
		if endpoint != nil {
			found[name] = *endpoint
		}
	}
	return found
}

// Identify asks STS who is calling. It needs no permission.
func (w *Environment) Identify(ctx context.Context) error {
	who, err := w.STS.GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	w.Account, w.CallerARN, w.Partition = aws.ToString(who.Account), aws.ToString(who.Arn), "aws"
	if parsed, err := arn.Parse(w.CallerARN); err == nil {
		w.Partition = parsed.Partition
	}
	if w.Account == "" {
		return errors.New("STS answered without an account id")
	}
	if parsed, err := arn.Parse(w.CallerARN); err == nil && parsed.AccountID != w.Account {
		account := w.Account
		w.Account = "" // nothing may be made or recorded on such an answer
		return fmt.Errorf("STS answered with account %s and the caller %s, which contradict each other", account, w.CallerARN)
	}
	return nil
}

// ARN writes an ARN of this account and region.
func (w *Environment) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", w.Partition, service, w.Region, w.Account, resource)
}

// DiscoveryURL is where the OpenID configuration of a user pool stands
// (Amazon Cognito, "Verifying JSON web tokens"), or its counterpart on a
// custom endpoint.
func (w *Environment) DiscoveryURL(poolID string) string {
	base := fmt.Sprintf("https://cognito-idp.%s.%s", w.Region, dnsSuffix(w.Partition))
	if custom := w.Cognito.Options().BaseEndpoint; custom != nil {
		base = strings.TrimSuffix(*custom, "/")
	}
	return base + "/" + poolID + "/.well-known/openid-configuration"
}

func dnsSuffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
