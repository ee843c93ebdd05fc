package advice

import (
	"fmt"
	"strings"
	"time"

	"agentcore-3lo/internal/pattern"
)

// inTheAccount has the causes in the AWS account, its regions and quotas, and at
// Cognito's token endpoint.
func inTheAccount() map[Cause]Advice {
	return map[Cause]Advice{
		RegionNotEnabled: {Exit: ExitDenied, words: func(c failed) string {
			e := as[*Unavailable](c)
			return fmt.Sprintf("STS accepts these credentials and %s in %s does not. Most often the region is not enabled for this account. Choose another region: %s\nOr have an administrator enable it (aws account enable-region --region-name %s), which takes minutes to hours. Session tokens of the global STS endpoint are not valid in such a region: get them from a regional one (AWS_STS_REGIONAL_ENDPOINTS=regional).",
				e.Service, e.Region, c.inAnotherRegion(e), e.Region)
		}},
		ServiceNotInRegion: {Exit: ExitFailed, words: func(c failed) string {
			e := as[*Unavailable](c)
			next := fmt.Sprintf("%s was not found in %s. Choose another region: %s", e.Service, e.Region, c.inAnotherRegion(e))
			if len(e.Regions) > 0 {
				next += "\nRegions that have it: " + strings.Join(e.Regions, ", ") + "."
			}
			return next
		}},
		AccountNotActive: {Exit: ExitDenied, words: func(c failed) string {
			return "The AWS account is not active yet, or is suspended. Open https://console.aws.amazon.com/billing as its owner: finish the registration (payment method, phone), pay what is due, or ask AWS Support. Then resume: " + c.Retry
		}},
		AppClientRefused: {Exit: ExitFailed, Fix: "inbound", words: func(c failed) string {
			return "Cognito's token endpoint refuses the run's app client. Recreate the user pool and its client: " + c.Run("run", "inbound", "--recreate") + "\nThen resume: " + c.Retry
		}},
		TokenEndpointFailing: {Exit: ExitFailed, words: func(c failed) string {
			return "Cognito's token endpoint keeps failing. Check whether AWS reports trouble with Cognito (" + awsHealth + "). Once it is over, resume: " + c.Retry
		}},
		QuotaReached: {Exit: ExitFailed, words: func(c failed) string {
			return "A quota of this account is used up. Clean up an older run (" + c.Program + " runs), or request a higher quota in Service Quotas. Then resume: " + c.Retry
		}},
		Throttled: {Exit: ExitFailed, words: func(c failed) string {
			return "AWS is throttling requests. Wait a minute, then resume: " + c.Retry
		}},
		StillCreatingOrUpdating: {Exit: ExitFailed, Wait: 5 * time.Minute, words: func(c failed) string {
			return "AWS is still working on it. Wait until this says READY: " + c.Run("status") + "\nThen resume: " + c.Retry
		}},
	}
}

// inAnotherRegion is the command that starts a run in a supported region. A sandbox
// has only one region, so its command has no such flag.
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

var regionFlag = pattern.New(` --region \S+`)
