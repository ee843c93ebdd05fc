package advice

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// vendorCauses lie at the identity provider: its app, its consent page, and its
// API behind the gateway.
func vendorCauses() []Cause {
	return slices.Concat(browserCauses(), apiCauses())
}

// browserCauses are errors in the redirect that ends a consent (RFC 6749
// section 4.1.2.1), and those that AgentCore reports of the code's exchange.
func browserCauses() []Cause {
	return []Cause{
		{Name: "consent refused", Exit: ExitFailed,
			Source:  "RFC 6749 section 4.1.2.1, access_denied; LinkedIn's user_cancelled_login and user_cancelled_authorize (learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow)",
			Matches: func(f Facts) bool { return f.Refused != nil && f.Refused.Declined() },
			Next: text(func(s Situation) string {
				return "If you pressed Cancel by mistake, get a fresh link: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "scope not granted to the app", Exit: ExitFailed, Step: "linkedin",
			Source: "RFC 6749 section 4.1.2.1, invalid_scope; LinkedIn says unauthorized_scope_error",
			Matches: func(f Facts) bool {
				return f.Refused != nil && f.Refused.MissingScope() || exchange(f) && f.Says("unauthorized_scope", "invalid_scope")
			},
			Next: text(func(s Situation) string { return productsTab("The app may not ask for that yet.", s) })},
		{Name: "vendor unavailable in the browser", Exit: ExitFailed, Action: FreshLink,
			Source:  "RFC 6749 section 4.1.2.1, server_error and temporarily_unavailable",
			Matches: func(f Facts) bool { return refusedWith(f, "server_error", "temporarily_unavailable") },
			Next: text(func(s Situation) string {
				return s.Vendor + " could not handle the request. Wait a few minutes (its status: " + s.Health + "), then get a fresh link: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "client refused by the vendor", Exit: ExitFailed, Step: "linkedin",
			Source: "RFC 6749 section 5.2, invalid_client and unauthorized_client",
			Matches: func(f Facts) bool {
				return refusedWith(f, "invalid_client", "unauthorized_client", "invalid_client_id") ||
					exchange(f) && f.Says("invalid_client", "unauthorized_client", "client_id is invalid")
			},
			Next: text(func(s Situation) string {
				return s.Vendor + " does not accept the client ID or the client secret that AgentCore holds. Enter both again, as the app's Auth tab shows them: " + s.Run("run", "linkedin", "provider") + "\nThen resume: " + s.Retry
			})},
		{Name: "authorization code refused", Exit: ExitFailed, Step: "consent",
			Source: "LinkedIn's token endpoint: “appid/redirect uri/code verifier does not match authorization code. Or authorization code expired.”; also said of a code that was exchanged already",
			Matches: func(f Facts) bool {
				return exchange(f) && f.Says("authorization code", "code expired", "invalid_grant")
			},
			Next: text(func(s Situation) string {
				return "A code works once and for half an hour. Check that the client ID and the callback URL are those of one and the same app: " + s.Run("run", "register") + "\nThen get a fresh link: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "callback URL not registered", Exit: ExitFailed, Step: "register",
			Source: "LinkedIn: “The redirect_uri does not match the registered value”",
			Matches: func(f Facts) bool {
				return (f.Refused != nil || exchange(f)) && f.Says("redirect_uri", "redirect uri", "invalid_redirect")
			},
			Next: text(func(s Situation) string {
				return "The callback URL is not in the app, or differs by a character. Register it exactly: " + s.Run("run", "register") + "\nThen get a fresh link: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "consent page's other error", Exit: ExitFailed, Step: "linkedin",
			Source:  "RFC 6749 section 4.1.2.1: any other code",
			Matches: func(f Facts) bool { return f.Refused != nil },
			Next: text(func(s Situation) string {
				return "That is an error of " + s.Vendor + " or of the app, not a refusal. Look the code up in " + s.Vendor + "'s documentation and check the app's Auth and Products tabs. Then get a fresh link: " + s.Run("run", "consent", "invoke")
			})},
	}
}

func refusedWith(f Facts, codes ...string) bool {
	return f.Refused != nil && slices.Contains(codes, strings.ToLower(f.Refused.Code))
}

// exchange says that AgentCore answered for the code's exchange at the vendor.
func exchange(f Facts) bool { return strings.HasSuffix(f.Service, " CompleteResourceTokenAuth") }

// apiCauses are answers of the vendor's API that came through the gateway.
func apiCauses() []Cause {
	const forms = "learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling"
	return []Cause{
		{Name: "stored token refused by the vendor", Exit: ExitNeedsPerson, Step: "consent", For: 30 * time.Second, Action: FreshConsent,
			Source: forms + ", 401; a token is sometimes refused for seconds after it was issued (omniauth-linkedin-openid#6, fastapi-sso#196)",
			Matches: func(f Facts) bool {
				return upstream(f, http.StatusUnauthorized, "REVOKED_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN", "invalid_token")
			},
			Next: text(refusedStoredToken)},
		{Name: "product or permission missing", Exit: ExitFailed, Step: "linkedin",
			Source: forms + ", 403; a change counts after about five minutes, and for a new consent only",
			Matches: func(f Facts) bool {
				return upstream(f, http.StatusForbidden, "ACCESS_DENIED", "insufficient_scope")
			},
			Next: text(func(s Situation) string {
				return productsTab(s.Vendor+" does not let the app read the profile.", s)
			})},
		{Name: "vendor's daily limit", Exit: ExitFailed,
			Source: "learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits: limits are per day and reset at midnight UTC",
			Matches: func(f Facts) bool {
				return upstream(f, http.StatusTooManyRequests, "TOO_MANY_REQUESTS") && f.Says(" day ", "daily", "per day")
			},
			Next: text(func(s Situation) string {
				return "The app's daily limit at " + s.Vendor + " is used up. Wait until midnight UTC, then: " + s.Retry
			})},
		{Name: "vendor throttling", Exit: ExitFailed, For: time.Minute,
			Source:  forms + ", 429",
			Matches: func(f Facts) bool { return upstream(f, http.StatusTooManyRequests, "TOO_MANY_REQUESTS") },
			Next: func(f Facts, s Situation) string {
				wait := "a few minutes"
				if f.Upstream.RetryAfter > 0 {
					wait = f.Upstream.RetryAfter.String()
				}
				return s.Vendor + " is throttling the app. Wait " + wait + ", then: " + s.Retry +
					"\nIf it stays so, the daily limit is used up (the app's Analytics tab shows it); it resets at midnight UTC."
			}},
		{Name: "vendor unavailable", Exit: ExitFailed, For: time.Minute,
			Source:  forms + ", 5xx",
			Matches: func(f Facts) bool { return f.Upstream.Status >= http.StatusInternalServerError },
			Next:    text(vendorTrouble)},
		{Name: "vendor without an answer", Exit: ExitFailed, For: 30 * time.Second,
			Source:  "the gateway's own words for a request without an answer that it can use",
			Matches: func(f Facts) bool { return f.Tool && f.Upstream.Status == 0 && f.Says("OpenAPIClientException") },
			Next:    text(vendorTrouble)},
		{Name: "empty result", Exit: ExitFailed, For: 15 * time.Second,
			Source:  "MCP specification 2025-11-25, server/tools: a result has content",
			Matches: func(f Facts) bool { return f.Tool && f.Says("empty result") },
			Next:    text(vendorTrouble)},
		{Name: "vendor's other refusal", Exit: ExitFailed,
			Source:  forms + ", other 4xx",
			Matches: func(f Facts) bool { return f.Tool && f.Upstream.Status >= http.StatusBadRequest },
			Next: text(func(s Situation) string {
				return s.Vendor + " refuses the request. Look its words up in " + s.Vendor + "'s documentation, change the app accordingly, then: " + s.Run("run", "consent", "invoke")
			})},
	}
}

// upstream says that the vendor's API answered with this status or, where no
// status is told, with one of these codes.
func upstream(f Facts, status int, codes ...string) bool {
	up := f.Upstream
	return up.Status == status || up.Status == 0 && slices.ContainsFunc(codes, func(c string) bool { return strings.EqualFold(c, up.Code) })
}

func productsTab(why string, s Situation) string {
	return why + " Request access to \"" + s.Product + "\" in its Products tab and wait five minutes, until " + s.Vendor + " has noticed. Then consent again: " + s.Run("run", "consent", "invoke")
}

func refusedStoredToken(s Situation) string {
	if s.Consented || s.Step == "consent" { // a new token was asked for already
		return s.Vendor + " refuses even a token that it has just issued. Check in its developer portal that the app is active, and look at " + s.Health + ". Then consent again: " + s.Run("run", "consent", "invoke")
	}
	return s.Vendor + " no longer accepts the stored token: it was revoked or has expired. Consent again: " + s.Run("run", "consent", "invoke")
}

func vendorTrouble(s Situation) string {
	return s.Vendor + " cannot be used at the moment. Wait a few minutes (its status: " + s.Health + "), then: " + s.Retry
}
