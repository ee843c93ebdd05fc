package ui

import (
	"fmt"

	"charm.land/lipgloss/v2"
)

// Drawing is a picture, with the same in sentences for narrow windows and screen
// readers.
type Drawing struct {
	Lines     []string
	Width     int // in columns
	Sentences []string
}

// Overview is who talks to whom: the client, the gateway, AgentCore Identity, the
// vendor of that name, and the user.
func Overview(vendor string) Drawing {
	d := Drawing{Lines: []string{
		" MCP client ────── access token ─────▶ Gateway ───── your token ────▶ " + vendor,
		" (this program)                           │                             ▲",
		"                                          │ your token                  │",
		"                                      Identity (token vault)            │",
		" You, in a browser ─────────────── sign in and choose Allow ────────────┘",
	}, Sentences: []string{
		"The MCP client (this program) calls the gateway with an access token.",
		fmt.Sprintf("You sign in to %s in a browser and choose Allow.", vendor),
		"The gateway gets your token from Identity, the token vault.",
		fmt.Sprintf("The gateway calls %s with your token.", vendor),
	}}
	for _, line := range d.Lines {
		d.Width = max(d.Width, lipgloss.Width(line))
	}
	return d
}
