package screen

import (
	"fmt"
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
)

// learned are the twelve points that a reader can explain now, and the two pairs of
// credentials side by side.
func learned(style styles, width int) []string {
	name := steps.Vendor().Name
	points := []string{
		"Inbound and outbound are separate: one says who may call the gateway, the other on whose behalf it calls.",
		"The access token (a JWT) comes from Cognito, for an app client. No person signs in on that side.",
		"The gateway checks the token's signature, expiry, issuer and client ID, against the discovery URL.",
		fmt.Sprintf("The credential provider keeps the ID and secret of your %s app. It gives the callback URL, which %s must know.", name, name),
		"The return URL is another one: AgentCore sends the browser there at the end, to your own application.",
		"The target joins an API description with the provider, so the API becomes a tool of the gateway.",
		"Without a token of the user, a call returns a link (an MCP elicitation), not an error to give up on.",
		"The user consents in a browser. The agent sees neither the password nor the token.",
		fmt.Sprintf("Session binding: only the user who started the request may complete it. Otherwise a link that was sent to you would give your %s data to its sender.", name),
		"Completing takes the very token that made the call: AgentCore compares tokens, not users.",
		fmt.Sprintf("Identity keeps the user's token for later calls. %s's lasts about 60 days; the access token one hour.", name),
		"In your own application each user needs an access token of their own, and you compare the signed-in user before you complete.",
	}
	lines := numbered(points, min(width, measure))
	lines = append(lines, "", style.title.Render("Two pairs of client ID and secret"), "")
	rows := [][3]string{{"", "Cognito app client", name + " app"}, {"Made by", "this program, step 3", "you, step 5"}, {"Identifies", "the caller of the gateway", "AgentCore, to " + name},
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
