package advice

import (
	"time"

	"agentcore-3lo/internal/mcp"
)

// atTheConsentPage has the errors in the redirect that ends a consent, and those of
// exchanging the code, as AgentCore reports them.
func atTheConsentPage() map[Cause]Advice {
	return map[Cause]Advice{
		ConsentRefused: {Exit: ExitFailed, words: func(c failed) string {
			return "If you pressed Cancel by mistake, get a fresh link: " + c.freshLink()
		}},
		ScopeNotGranted: {Exit: ExitFailed, Fix: "linkedin", words: func(c failed) string {
			return "The app may not request that scope yet. " + c.Vendor.Access + " Then consent again: " + c.freshLink()
		}},
		ConsentUnavailable: {Exit: ExitFailed, Action: FreshLink, words: func(c failed) string {
			return c.Vendor.Name + " could not handle the request. Wait a few minutes" + c.Vendor.status() + ", then get a fresh link: " + c.freshLink()
		}},
		ClientRefused: {Exit: ExitFailed, Fix: "linkedin", words: func(c failed) string {
			return c.Vendor.Name + " does not accept the client ID or the client secret that AgentCore holds. Enter both again, as " + c.Vendor.Secrets + " shows them: " + c.Run("run", "linkedin", "provider") + "\nThen resume: " + c.Retry
		}},
		CodeRefused: {Exit: ExitFailed, Fix: "consent", words: func(c failed) string {
			return "An authorization code is single-use and expires after " + c.Vendor.CodeLife + ". Check that the client ID and the callback URL belong to the same app: " + c.Run("run", "register") + "\nThen get a fresh link: " + c.freshLink()
		}},
		CallbackNotRegistered: {Exit: ExitFailed, Fix: "register", words: func(c failed) string {
			return "The callback URL is not in the app, or differs by a character. Register it exactly: " + c.Run("run", "register") + "\nThen get a fresh link: " + c.freshLink()
		}},
		ConsentOtherError: {Exit: ExitFailed, Fix: "linkedin", words: func(c failed) string {
			return "That is an error of " + c.Vendor.Name + " or of the app, not a refusal. Look the code up in " + c.Vendor.Name + "'s documentation and check " + c.Vendor.Settings + ". Then get a fresh link: " + c.freshLink()
		}},
	}
}

// atTheAPI has the errors of the vendor's API, which come through the gateway.
func atTheAPI() map[Cause]Advice {
	return map[Cause]Advice{
		// A token is sometimes refused for seconds after it was issued
		// (omniauth-linkedin-openid#6, fastapi-sso#196).
		StoredTokenRefused: {Exit: ExitNeedsPerson, Fix: "consent", Wait: 30 * time.Second, Action: FreshConsent, words: func(c failed) string {
			if c.Consented || c.Step == "consent" { // a new token was asked for already
				return c.Vendor.Name + " refuses even a token that it has just issued. Check in its developer portal that the app is active" + c.Vendor.status() + ". Then consent again: " + c.freshLink()
			}
			return c.Vendor.Name + " no longer accepts the stored token: it was revoked or has expired. Consent again: " + c.freshLink()
		}},
		PermissionMissing: {Exit: ExitFailed, Fix: "linkedin", words: func(c failed) string {
			return c.Vendor.Name + " does not let the app read the profile. " + c.Vendor.Access + " Then consent again: " + c.freshLink()
		}},
		DailyLimit: {Exit: ExitFailed, words: func(c failed) string {
			return "The app's daily limit at " + c.Vendor.Name + " is used up. Wait until " + c.Vendor.Reset + ", then resume: " + c.Retry
		}},
		VendorThrottling: {Exit: ExitFailed, Wait: time.Minute, words: func(c failed) string {
			wait := "a few minutes"
			if after := as[*mcp.ToolError](c).Upstream.RetryAfter; after > 0 {
				wait = after.String()
			}
			next := c.Vendor.Name + " is throttling the app. Wait " + wait + ", then resume: " + c.Retry
			if c.Vendor.Reset != "" {
				next += "\nIf this continues, the daily limit is used up (" + c.Vendor.Usage + " shows it); it resets at " + c.Vendor.Reset + "."
			}
			return next
		}},
		VendorUnavailable: {Exit: ExitFailed, Wait: time.Minute, words: vendorTrouble},
		VendorNoAnswer:    {Exit: ExitFailed, Wait: 30 * time.Second, words: vendorTrouble},
		EmptyResult:       {Exit: ExitFailed, Wait: 15 * time.Second, words: vendorTrouble},
		VendorOtherRefusal: {Exit: ExitFailed, words: func(c failed) string {
			return c.Vendor.Name + " refuses the request. Look its message up in " + c.Vendor.Name + "'s documentation and change the app accordingly. Then consent again: " + c.freshLink()
		}},
	}
}

func vendorTrouble(c failed) string {
	return c.Vendor.Name + " is unavailable at the moment. Wait a few minutes" + c.Vendor.status() + ", then resume: " + c.Retry
}

func (c failed) freshLink() string { return c.Run("run", "consent", "invoke") }

func (v Vendor) status() string {
	if v.Health == "" {
		return ""
	}
	return " (its status: " + v.Health + ")"
}
