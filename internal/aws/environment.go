// Package aws reads the AWS configuration, finds credentials, creates the SDK
// clients, and observes every HTTP exchange.
package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

// Options choose an environment.
type Options struct {
	Sandbox   *Sandbox          // nil: AWS
	Region    string            // "" = environment, then profile
	Profile   string            // "" = environment, then default
	Endpoints map[string]string // recorded custom endpoints of a run, by environment variable; the environment takes precedence
	Pinned    bool              // use those endpoints, not the configuration's
	IMDS      bool              // ask the instance metadata service for credentials even if this does not look like EC2
	// RetryPause is the longest pause before the SDK repeats a call; 0 = the SDK's own (20 s).
	RetryPause time.Duration
	// AnswerLimit is the time limit for one answer; 0 = the constant of that name.
	AnswerLimit time.Duration
	// MFA asks the user for a code; nil = there is no user.
	MFA func(MFARequest) (string, error)
	// Console lets a credential process use the terminal; nil, or returning nil =
	// the terminal is in use.
	Console func() *Console
	// HelperSaid gets the standard error of a credential process that did not have
	// the terminal. The text is foreign.
	HelperSaid func(profile, text string)
	// Secrets gets the secrets in credentials, to redact them.
	Secrets func(...string)
	// ProcessLimit is how long a credential process may take; 0 = a minute.
	ProcessLimit time.Duration
}

// Environment is the sandbox, or an AWS account and region.
type Environment struct {
	Sandbox bool
	Region  string
	Profile string
	// RegionFrom names the flag, variable or setting that the region comes from.
	RegionFrom  string
	ProfileFrom string // where the profile's name comes from; "" = nowhere
	// Custom are the custom endpoints of the configuration.
	Custom []CustomEndpoint
	// Ways are the links of the chain of credentials, the identity in use first.
	Ways []Way
	// Notes are unexpected settings of the configuration, one line each.
	Notes     []string
	Portal    string // the sandbox's developer portal; "" = the vendor's
	Account   string // twelve digits; set by Identify
	CallerARN string // set by Identify
	Partition string // "aws", "aws-us-gov", ...; set by Identify
	sageMaker string // its configured endpoint; "" = AWS's own

	STS     *sts.Client
	IAM     *iam.Client
	Cognito *cognitoidentityprovider.Client
	Control *bedrockagentcorecontrol.Client
	Data    *bedrockagentcore.Client
	HTTP    *http.Client // for the token endpoint, the discovery document and the gateway
	Config  aws.Config
	// AnswerLimit is the time limit for one answer, also without an SDK client.
	AnswerLimit time.Duration
}

// ErrNoRegion says that no flag, variable or profile names a region.
var ErrNoRegion = errors.New("no AWS region is set")

// ErrMFASessionEnded says that a session started with an MFA code has expired. The
// program asks for a new code only when the terminal is free.
var ErrMFASessionEnded = errors.New("the session that the MFA code began has expired")

// Open reads the configuration and finds the way to sign in. It makes no call;
// credentials are fetched when they are first needed.
func Open(_ context.Context, o Options) (*Environment, error) {
	if o.Sandbox != nil && !o.Sandbox.Configured {
		return openSandbox(o), nil
	}
	s, err := readSettings(o)
	if err != nil {
		return nil, err
	}
	cfg, err := s.config(o)
	if err != nil {
		return nil, err
	}
	c := &chain{settings: s, o: o, cfg: cfg}
	w := &Environment{Profile: o.Profile, Config: cfg, AnswerLimit: o.answerLimit()}
	w.Region, w.RegionFrom = s.region(o.Region)
	if w.Config.Credentials, err = c.provider(); err != nil {
		return nil, err
	}
	w.Ways, w.Notes, w.Custom, w.sageMaker = c.ways, c.notes(), s.custom(), s.endpoint("SAGEMAKER")
	if s.from != "" {
		w.Profile, w.ProfileFrom = s.profile, s.from
	}
	if o.Sandbox != nil {
		return w.intoSandbox(*o.Sandbox), nil
	}
	if w.Region == "" {
		return w, ErrNoRegion
	}
	w.connect(func(service string) string { return s.endpointOr(service, o.Endpoints) })
	return w, nil
}

// config is what every client needs, without credentials.
func (s *settings) config(o Options) (cfg aws.Config, err error) {
	cfg.Region, _ = s.region(o.Region)
	cfg.Logger = logging.Nop{} // its warnings would disturb the screen
	cfg.RestrictFilePermissions = aws.RestrictFilePermissionsUserReadWrite
	cfg.AppID, _ = s.value("sdk_ua_app_id", "AWS_SDK_UA_APP_ID")
	sources, err := s.sources()
	if err != nil {
		return cfg, err
	}
	cfg.ConfigSources = []any{sources}
	if err := s.retries(&cfg); err != nil {
		return cfg, err
	}
	transport, err := s.transport()
	if err != nil {
		return cfg, err
	}
	cfg.HTTPClient = observed(transport, o.answerLimit())
	cfg.APIOptions = append(cfg.APIOptions, o.deadline())
	cfg.Retryer = o.retryer()
	return cfg, nil
}

// retryer is the SDK's, with shorter pauses if the options say so.
func (o Options) retryer() func() aws.Retryer {
	if o.RetryPause == 0 {
		return nil // the SDK chooses, by environment and profile
	}
	return func() aws.Retryer {
		return retry.NewStandard(func(s *retry.StandardOptions) { s.MaxBackoff = o.RetryPause })
	}
}

// connect creates the clients. base returns the custom endpoint of a service.
func (w *Environment) connect(base func(service string) string) {
	w.HTTP = w.Config.HTTPClient.(*http.Client)
	w.Config.APIOptions = append(w.Config.APIOptions, completeAnswers)
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

func override(endpoint **string, with string) {
	if with != "" {
		*endpoint = aws.String(with)
	}
}

// Endpoints lists the custom endpoints in use, by service; empty without any.
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
		return w.refused(err)
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
