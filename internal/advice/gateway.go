package advice

import "strings"

// gatewayCauses are answers of the gateway and of AgentCore Identity behind it.
func gatewayCauses() []Cause {
	return []Cause{
		{Name: "session over", Exit: ExitFailed, Step: "consent",
			Source:  "aws/bedrock-agentcore-sdk-typescript#37",
			Matches: func(f Facts) bool { return f.Says("Invalid or expired session") },
			Next: text(func(s Situation) string {
				return "The link is older than ten minutes, was used already, or was requested with another access token. Get a new one: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "access token refused", Exit: ExitFailed, Step: "inbound",
			Source:  "MCP specification 2025-11-25, authorization; the gateway answers HTTP 401 with error -32001",
			Matches: refusedToken,
			Next: text(func(s Situation) string {
				return "The gateway refused the access token. Let the walkthrough check the inbound side: " + s.Retry
			})},
	}
}

func refusedToken(f Facts) bool {
	return f.Service == "gateway" && strings.Contains(f.Message, "401") || f.Code == "-32001"
}
