package advice

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
)

// Unavailable says that a service refuses credentials that STS accepts, or
// cannot be reached in the region at all.
type Unavailable struct {
	Service string   // as a person knows it: "Cognito"
	Region  string   // in which it was asked
	Regions []string // that are known to have everything; may be empty
	Err     error    // what it answered
}

func (e *Unavailable) Error() string { return e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }

// accessCauses come before those of the sign-in and of the vendor, whose codes
// and wordings they share.
func accessCauses() []Cause {
	return []Cause{
		{Name: "region not enabled", Exit: ExitDenied,
			Source: "AWS, “Enable or disable AWS Regions in your account”; STS user guide, “Manage AWS STS in an AWS Region”: tokens of the global endpoint are valid only in regions that are enabled by default",
			Matches: func(f Facts) bool {
				return as[*Unavailable](f) && f.HasCode("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "OptInRequired")
			},
			Next: func(f Facts, s Situation) string {
				e := unavailable(f)
				return fmt.Sprintf("STS accepts these credentials and %s in %s does not. Most often the region is not enabled for this account. Choose another region: %s\nOr have an administrator enable it (aws account enable-region --region-name %s), which takes minutes to hours. Session tokens of the global STS endpoint are not valid in such a region: take them from a regional one (AWS_STS_REGIONAL_ENDPOINTS=regional).",
					e.Service, e.Region, s.inAnotherRegion(e), e.Region)
			}},
		{Name: "service not in this region", Exit: ExitFailed,
			Source: "AgentCore developer guide, “Supported AWS Regions”; a region without a service has no host of its name, or one that does not know its operations",
			Matches: func(f Facts) bool {
				return as[*Unavailable](f) && (missingHost(f) || f.HasCode("UnknownOperationException"))
			},
			Next: func(f Facts, s Situation) string {
				e := unavailable(f)
				next := fmt.Sprintf("%s was not found in %s. Choose another region: %s", e.Service, e.Region, s.inAnotherRegion(e))
				if len(e.Regions) > 0 {
					next += "\nRegions that have it: " + strings.Join(e.Regions, ", ") + "."
				}
				return next
			}},
		{Name: "account not active", Exit: ExitDenied,
			Source: "Amazon EC2 API reference, “Error codes for API requests”: OptInRequired, Blocked, PendingVerification; Cognito's SubscriptionRequiredException, “The AWS Access Key Id needs a subscription for the service” (webiny/webiny-js#1517); AWS knowledge center, “error-access-service”",
			Matches: func(f Facts) bool {
				return f.HasCode("OptInRequired", "SubscriptionRequiredException", "Blocked", "PendingVerification") || f.Says("needs a subscription for the service")
			},
			Next: text(func(s Situation) string {
				return "AWS does not serve this account yet, or no longer. Open https://console.aws.amazon.com/billing as its owner: finish the registration (payment method, phone) or settle what is open, or ask AWS Support. Once it is active: " + s.Retry
			})},
		{Name: "machine client refused by Cognito", Exit: ExitFailed, Step: "inbound",
			Source: "Amazon Cognito developer guide, “The token issuer endpoint”: invalid_client, invalid_grant, unauthorized_client, invalid_scope, invalid_request",
			Matches: func(f Facts) bool {
				var e *awsenv.TokenError
				return errors.As(f.Err, &e) && e.Status < 500
			},
			Next: text(func(s Situation) string {
				return "Cognito's token endpoint refuses the run's app client. Recreate the user pool and its client: " + s.Run("run", "inbound", "--recreate") + "\nThen resume: " + s.Retry
			})},
		{Name: "token endpoint failing", Exit: ExitFailed,
			Source:  "RFC 9110, section 15.6: the server's fault",
			Matches: as[*awsenv.TokenError],
			Next: text(func(s Situation) string {
				return "Cognito's token endpoint keeps failing. See whether AWS reports trouble with Cognito (https://health.aws.amazon.com/health/status), and once it is over: " + s.Retry
			})},
	}
}

// missingHost says that the service's name does not exist, as DNS or a proxy
// says it.
func missingHost(f Facts) bool {
	if proxy := proxyError(f); proxy != nil {
		return proxy.Proxy != "" && proxy.Status >= 500
	}
	return isDNS(f)
}

func unavailable(f Facts) *Unavailable {
	var e *Unavailable
	errors.As(f.Err, &e)
	return e
}

// inAnotherRegion is the command that begins in a region that is known to work,
// in the same environment otherwise. A sandbox has one region, whose flag the
// command line refuses.
func (s Situation) inAnotherRegion(e *Unavailable) string {
	command := s.Program + " walk --new" + regionFlag.ReplaceAllString(s.Flags, "")
	if strings.HasPrefix(s.Flags, " --sandbox") {
		return command
	}
	for _, region := range e.Regions {
		if region != e.Region {
			return command + " --region " + region
		}
	}
	return command + " --region REGION"
}

var regionFlag = regexp.MustCompile(` --region \S+`)
