package linkedin

import "agentcore-3lo/internal/advice"

// vendorErrors are LinkedIn's error codes and wordings, and where to fix their causes
// in its developer portal.
func vendorErrors() advice.Vendor {
	const (
		flow   = "learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow"
		reason = "LinkedIn's token endpoint: “appid/redirect uri/code verifier does not match authorization code. Or authorization code expired.”; also said of a code that was exchanged already"
	)
	return advice.Vendor{
		Name:   name,
		Health: health,
		Consent: []advice.Phrase{
			{Cause: advice.ConsentRefused, Words: advice.Words(`\buser_cancelled_(login|authorize)\b`), Source: flow},
			{Cause: advice.ScopeNotGranted, Words: advice.Words(`\bunauthorized_scope`), Source: flow},
			{Cause: advice.ClientRefused, Words: advice.Words(`\bclient_id is invalid\b`), Source: "LinkedIn's consent page: “The passed in client_id is invalid”"},
			{Cause: advice.CodeRefused, Words: advice.Words(`\bnot match authorization code\b|\bcode expired\b|\bauthorization code (is invalid|not found|was not found)\b`), Source: reason},
			{Cause: advice.CallbackNotRegistered, Words: advice.Words(`\bredirect_uri does not match\b`), Source: "LinkedIn's consent page: “The redirect_uri does not match the registered value”"},
		},
		// learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
		API: map[string]advice.Cause{
			"revoked_access_token": advice.StoredTokenRefused,
			"expired_access_token": advice.StoredTokenRefused,
			"invalid_access_token": advice.StoredTokenRefused,
			"access_denied":        advice.PermissionMissing,
			"too_many_requests":    advice.VendorThrottling,
		},
		// “Resource level throttle APPLICATION DAY limit for calls to this resource is reached.”
		// (learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits)
		Daily: advice.Words(`\b(day|daily)\b`),

		// A change counts after about five minutes, and for a new consent only.
		Access:   "Request access to \"" + product + "\" in its Products tab and wait five minutes, until LinkedIn applies the change.",
		Secrets:  "the app's Auth tab",
		Settings: "the app's Auth and Products tabs",
		Usage:    "the app's Analytics tab",
		Reset:    "midnight UTC",
		CodeLife: "half an hour",
	}
}
