package screen

import (
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
)

// learned are the twelve points that a reader can explain now, and the two pairs of
// credentials side by side.
func learned(style styles, width int) []string {
	name := steps.Vendor().Name
	points := []string{
		"Inbound says who may call the gateway, outbound on whose behalf it calls.",
		"Cognito issues the access token (a JWT) to an app client, not to a person.",
		"The gateway checks the token's signature, expiry, issuer and client ID.",
		"The provider keeps your app's ID and secret, and has the callback URL.",
		"The return URL is your application's; the target has a default one.",
		"The target joins an API description and the provider: that is the tool.",
		"Without a user's token, a call returns a link: an MCP elicitation.",
		"The user consents in a browser; the agent sees no password and no token.",
		"Session binding: only the user who started the request may complete it.",
		"Completing takes the very token that made the call, not just the same user.",
		"Identity keeps the user's token. Until it expires: no consent, no listener.",
		"With real users, each has an access token of their own.",
	}
	lines := numbered(points, min(width, measure))
	lines = append(lines, "", style.title.Render("Two pairs of client ID and secret"), "")
	rows := [][3]string{{"", "Cognito app client", name + " app"}, {"Made by", "this program, " + steps.Numbers(steps.Inbound), "you, " + steps.Numbers(steps.App)}, {"Identifies", "the caller of the gateway", "AgentCore, to " + name},
		{"Gets", "the access token", "the user's token"}, {"Kept by", "Cognito", "AgentCore Identity"}}
	for i, r := range rows {
		line := strings.TrimRight(ui.Pad(r[0], 13)+ui.Pad(r[1], 28)+r[2], " ")
		if width < 60 {
			line = strings.TrimRight(ui.Pad(r[0], 11)+r[1], " ")
			if i > 0 {
				line = r[0] + ": " + r[1] + " / " + r[2]
			}
			lines = append(lines, wrapped(line, width)...)
			continue
		}
		lines = append(lines, line)
	}
	return lines
}
