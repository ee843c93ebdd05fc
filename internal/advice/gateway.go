package advice

import (
	"errors"
	"net/http"
	"regexp"
	"time"

	"agentcore-3lo/internal/mcp"
)

// gatewayCauses are answers of the gateway and of AgentCore Identity behind it.
// The first rows are told apart by their words, the later ones by their codes.
func gatewayCauses() []Cause {
	return []Cause{
		{Name: "session over", Exit: ExitFailed, Step: "consent", Action: FreshLink,
			Source:  "aws/bedrock-agentcore-sdk-typescript#37",
			Matches: func(f Facts) bool { return f.Says("Invalid or expired session") },
			Next: text(func(s Situation) string {
				return "The link is older than ten minutes, was used already, or was requested with another access token. Get a fresh link: " + s.Run("run", "consent", "invoke") +
					"\nIf that is refused, too, paste the link into the browser's address bar yourself: a mail, chat or security program that previews a link uses it up."
			})},
		{Name: "no token in the vault", Exit: ExitNeedsPerson, Step: "consent", Action: FreshConsent,
			Source:  "MCP specification 2025-11-25, URLElicitationRequiredError; AgentCore developer guide, “Authorization code grant”",
			Matches: as[*mcp.ElicitationError],
			Next: text(func(s Situation) string {
				if s.Consented {
					return awsTrouble("AgentCore does not find the token of the consent that was just given.", s)
				}
				return "No token is stored for this caller. Consent: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "protocol version not offered", Exit: ExitFailed, Action: CheckGateway,
			Source: "AgentCore gateway: “URL elicitation requires MCP version 2025-11-25 or newer” (a reported answer); MCP specification 2025-11-25, basic/transports: HTTP 400 for an unsupported version",
			Matches: func(f Facts) bool {
				return f.Says("requires MCP version") || answered(f, http.StatusBadRequest) && f.Says("unsupported") && f.Says("protocol version")
			},
			Next: text(newRun("The gateway does not speak MCP 2025-11-25, although it was updated."))},
		{Name: "return URL not registered", Exit: ExitFailed, Step: "target", Action: RegisterURL,
			Source:  "agentcore-samples#528; AgentCore developer guide, “OAuth 2.0 authorization URL session binding”",
			Matches: func(f Facts) bool { return notRegistered.MatchString(f.said()) },
			Next: text(func(s Situation) string {
				return "Register the return URL with the gateway's workload identity: " + s.Run("run", "target", "consent", "invoke", "--register-return-url")
			})},
		{Name: "still being created or updated", Exit: ExitFailed, For: 5 * time.Minute,
			Source:  "agentcore-samples#1145: “Cannot perform operation CreateGatewayTarget when gateway is in CREATING status”",
			Matches: func(f Facts) bool { return StillChanging(f.Err) },
			Next: text(func(s Situation) string {
				return "AWS is still working on it. Wait until this says READY: " + s.Run("status") + "\nThen resume: " + s.Retry
			})},
		{Name: "gateway role denied", Exit: ExitDenied, For: time.Minute, Action: CheckRole,
			Source:  "AgentCore developer guide, “Gateway outbound authorization”; IAM user guide, “Troubleshoot access denied error messages”",
			Matches: func(f Facts) bool { return f.Service == "gateway" && NotAuthorized(f.Err) },
			Next:    nextOf(permissionCauses)},
		{Name: "internal error", Exit: ExitFailed, For: time.Minute, Action: LearnCause,
			Source:  "AgentCore developer guide, “Debug messages”: without exceptionLevel DEBUG every failure is “An internal error occurred. Please retry later.”; JSON-RPC 2.0, -32603",
			Matches: func(f Facts) bool { return f.Says("internal error occurred. please retry later") || f.Code == "-32603" },
			Next: text(func(s Situation) string {
				return awsTrouble("The gateway keeps its reason to itself, and its role is as it should be.", s)
			})},
		{Name: "access token refused", Exit: ExitFailed, Step: "inbound", For: 30 * time.Second, Action: CheckGateway,
			Source:  "MCP specification 2025-11-25, authorization; the gateway answers HTTP 401 with error -32001",
			Matches: refusedToken,
			Next: text(func(s Situation) string {
				return "The gateway refuses the access token, and its authorizer is as it should be. Recreate the user pool and its app client: " +
					s.Run("run", "inbound", "--recreate") + "\nThen resume: " + s.Retry
			})},
		{Name: "unknown tool", Exit: ExitFailed, For: time.Minute, Action: CheckTarget,
			Source:  "MCP specification 2025-11-25, server/tools: -32602, “Unknown tool”",
			Matches: func(f Facts) bool { return f.Code == "-32602" && f.Says("tool") },
			Next:    text(newRun("The gateway does not list the tool, although its target is READY."))},
		{Name: "gateway throttled", Exit: ExitFailed, For: 2 * time.Minute,
			Source:  "RFC 6585 section 4; AWS, common errors",
			Matches: func(f Facts) bool { return answered(f, http.StatusTooManyRequests) },
			Next: text(func(s Situation) string {
				return "The gateway is throttling requests. Wait a few minutes, then: " + s.Retry
			})},
		{Name: "gateway not found", Exit: ExitFailed, For: time.Minute,
			Source:  "RFC 9110 section 15.5.5; a new gateway's address may answer 404 for a moment",
			Matches: func(f Facts) bool { return answered(f, http.StatusNotFound) },
			Next:    text(newRun("The gateway's address answers 404, although the gateway is READY."))},
		{Name: "gateway unavailable", Exit: ExitFailed, For: time.Minute,
			Source: "RFC 9110 sections 15.6 and 15.5.9",
			Matches: func(f Facts) bool {
				return gatewayError(f) != nil && f.Status >= http.StatusInternalServerError || answered(f, http.StatusRequestTimeout)
			},
			Next: text(func(s Situation) string {
				return awsTrouble("The gateway cannot be used at the moment.", s)
			})},
		{Name: "connection to the gateway lost", Exit: ExitFailed, For: time.Minute,
			Source:  "RFC 9110 section 9.2.2: the call only reads, so it may be repeated",
			Matches: lostConnection,
			Next:    nextOf(networkCauses, checkNetwork)},
		{Name: "not the gateway's answer", Exit: ExitFailed, For: 15 * time.Second,
			Source:  "MCP specification 2025-11-25, basic/transports: the answer is JSON-RPC",
			Matches: func(f Facts) bool { e := gatewayError(f); return e != nil && e.Foreign() },
			Next: func(_ Facts, s Situation) string {
				return "Something between this machine and the gateway answered in its place, such as a proxy or the sign-in page of a network. Check the network and HTTPS_PROXY, then: " + s.Retry
			}},
	}
}

// notRegistered are the wordings of one refusal, in lower case: “Callback URL …
// is not registered for AgentIdentity …” and “You must register and use at
// least one ResourceOauth2ReturnUrl on your workload identity”.
var notRegistered = regexp.MustCompile(`(?s)\b(callback|return) ?url\b.*\bnot registered\b|\bnot registered for agent ?identity\b|\bmust register\b.*resourceoauth2returnurl`)

var stillChanging = regexp.MustCompile(`(?i)\bin (CREATING|UPDATING|SYNCHRONIZING|DELETING) (status|state)\b`)

// StillChanging recognises a refusal because a gateway or target is being
// created, updated or deleted.
func StillChanging(err error) bool { return err != nil && stillChanging.MatchString(err.Error()) }

// SecretBeingDeleted recognises a name whose old secret Secrets Manager still
// deletes: “You can't create this secret because a secret with this name is
// already scheduled for deletion” (Secrets Manager API reference,
// InvalidRequestException: “The secret is scheduled for deletion”).
func SecretBeingDeleted(err error) bool { return Says(err, "scheduled for deletion") }

func refusedToken(f Facts) bool {
	return f.Code == "-32001" || answered(f, http.StatusUnauthorized) || answered(f, http.StatusForbidden)
}

// gatewayError is the gateway's own answer, nil where it is none.
func gatewayError(f Facts) *mcp.Error {
	var e *mcp.Error
	errors.As(f.Err, &e)
	return e
}

func answered(f Facts, status int) bool { return gatewayError(f) != nil && f.Status == status }

// lostConnection recognises a call without a whole answer. A certificate that
// is not trusted stays so.
func lostConnection(f Facts) bool {
	e := gatewayError(f)
	return as[*mcp.TransportError](f) && !f.Says("x509:", "certificate") || e != nil && e.Broken()
}

func checkNetwork(s Situation) string {
	return "Check the network and any proxy (HTTPS_PROXY, NO_PROXY), then: " + s.Retry
}

func awsTrouble(why string, s Situation) string {
	return why + " Look at https://health.aws.amazon.com/health/status, wait a few minutes, then: " + s.Retry +
		"\nIf it stays so, ask AWS Support with the request id above."
}

// RegisteredInVain is advice for a return URL that is registered and refused
// all the same.
func RegisteredInVain(s Situation) string {
	return awsTrouble("The return URL is on the list of the gateway's workload identity, and the gateway refuses it all the same.", s)
}

// newRun is advice for a gateway that cannot be repaired from here.
func newRun(why string) func(Situation) string {
	return func(s Situation) string {
		return why + " Delete this run: " + s.Run("cleanup") + "\nThen begin another one: " + s.Program + " walk --new" + s.Flags
	}
}

// nextOf is the Next of the first of those causes that matches, or else.
func nextOf(causes func() []Cause, otherwise ...func(Situation) string) func(Facts, Situation) string {
	return func(f Facts, s Situation) string {
		for _, c := range causes() {
			if c.Matches(f) {
				return c.Next(f, s)
			}
		}
		return otherwise[0](s)
	}
}
