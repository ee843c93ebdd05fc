package advice

import (
	"errors"
	"net"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

// atTheGateway has the errors of the gateway and of AgentCore Identity behind it.
func atTheGateway() map[Cause]Advice {
	return map[Cause]Advice{
		SessionOver: {Exit: ExitFailed, Fix: "consent", Action: FreshLink, words: func(c failed) string {
			return "The link is older than ten minutes, was used already, or was requested with another access token. Get a fresh link: " + c.Run("run", "consent", "invoke") +
				"\nIf that is refused, too, paste the link into the browser's address bar yourself: a mail, chat or security program that previews a link uses it up."
		}},
		NoTokenInVault: {Exit: ExitNeedsPerson, Fix: "consent", Action: FreshConsent, words: func(c failed) string {
			if c.Consented {
				return awsTrouble("AgentCore does not find the token of the consent that was just given.", c.Situation)
			}
			return "No token is stored for this caller. Consent: " + c.Run("run", "consent", "invoke")
		}},
		ProtocolNotOffered: {Exit: ExitFailed, Action: CheckGateway, words: newRun("The gateway does not support MCP 2025-11-25, although it was updated.")},
		ReturnURLNotRegistered: {Exit: ExitFailed, Fix: "target", Action: RegisterURL, words: func(c failed) string {
			return "Register the return URL with the gateway's workload identity: " + c.Run("run", "target", "consent", "invoke", "--register-return-url")
		}},
		GatewayRoleDenied: {Exit: ExitDenied, Wait: time.Minute, Action: CheckRole, words: gatewayRoleDenied},
		InternalError: {Exit: ExitFailed, Wait: time.Minute, Action: LearnCause, words: func(c failed) string {
			return awsTrouble("The gateway gives no reason, and its role is as it should be.", c.Situation)
		}},
		AccessTokenRefused: {Exit: ExitFailed, Fix: "inbound", Wait: 30 * time.Second, Action: CheckGateway, words: func(c failed) string {
			return "The gateway refuses the access token, and its authorizer is as it should be. Recreate the user pool and its app client: " +
				c.Run("run", "inbound", "--recreate") + "\nThen resume: " + c.Retry
		}},
		UnknownTool: {Exit: ExitFailed, Wait: time.Minute, Action: CheckTarget, words: newRun("The gateway does not list the tool, although its target is READY.")},
		GatewayThrottled: {Exit: ExitFailed, Wait: 2 * time.Minute, words: func(c failed) string {
			return "The gateway is throttling requests. Wait a few minutes, then resume: " + c.Retry
		}},
		// A new gateway's address may answer 404 for a moment.
		GatewayNotFound: {Exit: ExitFailed, Wait: time.Minute, words: newRun("The gateway's address answers 404, although the gateway is READY.")},
		GatewayUnavailable: {Exit: ExitFailed, Wait: time.Minute, words: func(c failed) string {
			return awsTrouble("The gateway is unavailable at the moment.", c.Situation)
		}},
		// The call only reads, so it may be repeated (RFC 9110, section 9.2.2).
		GatewayConnectionLost: {Exit: ExitFailed, Wait: time.Minute, words: connectionLost},
		NotTheGateway: {Exit: ExitFailed, Wait: 15 * time.Second, words: func(c failed) string {
			return "Something between this machine and the gateway answered in its place, such as a proxy or the sign-in page of a network. Check the network and HTTPS_PROXY. Then resume: " + c.Retry
		}},
	}
}

func gatewayRoleDenied(c failed) string {
	if readDenial(c.Err.Error()).cause() == DeniedByTrustPolicy {
		return refusal(deniedByTrust)(c)
	}
	return missingStatement(c)
}

func connectionLost(c failed) string {
	var name *net.DNSError
	var late *awsenv.NoAnswerError
	switch {
	case errors.As(c.Err, &name):
		return nameNotFound(c)
	case errors.As(c.Err, &late):
		return noAnswerInTime(c)
	}
	return connectionFailed(c)
}

func awsTrouble(why string, s Situation) string {
	return why + " Check " + awsHealth + ", wait a few minutes, then resume: " + s.Retry +
		"\nIf this continues, ask AWS Support with the request id above."
}

// RegisteredInVain is the advice for a return URL that is registered but still
// refused.
func RegisteredInVain(s Situation) string {
	return awsTrouble("The return URL is on the list of the gateway's workload identity, and the gateway still refuses it.", s)
}

// newRun is the advice for a gateway that this program cannot fix.
func newRun(why string) func(failed) string {
	return func(c failed) string {
		return why + " Delete this run: " + c.Run("cleanup") + "\nThen begin another one: " + c.Program + " walk --new" + c.Flags
	}
}
