package advice

// vendorCauses lie in the app at the identity provider.
func vendorCauses() []Cause {
	return []Cause{
		{Name: "scope not granted to the app", Exit: ExitFailed, Step: "linkedin",
			Source:  "RFC 6749 section 4.1.2.1, invalid_scope; LinkedIn says unauthorized_scope_error",
			Matches: func(f Facts) bool { return f.Says("unauthorized_scope", "invalid_scope") },
			Next: text(func(s Situation) string {
				return "The app may not ask for that yet. Request access to \"" + s.Product + "\" in its Products tab, then get a new link: " + s.Run("run", "consent", "invoke")
			})},
		{Name: "client refused by the vendor", Exit: ExitFailed, Step: "linkedin",
			Source:  "RFC 6749 section 5.2, invalid_client and unauthorized_client",
			Matches: func(f Facts) bool { return f.Says("invalid_client", "unauthorized_client", "client_id is invalid") },
			Next: text(func(s Situation) string {
				return s.Vendor + " does not accept the client id or the secret that AgentCore holds. Enter them again: " + s.Run("run", "linkedin") + "\nThen go on: " + s.Retry
			})},
		{Name: "callback URL not registered", Exit: ExitFailed, Step: "register",
			Source:  "LinkedIn: “The redirect_uri does not match the registered value”",
			Matches: func(f Facts) bool { return f.Says("redirect_uri") },
			Next: text(func(s Situation) string {
				return "The callback URL is not in the app, or differs by a character. Register it exactly: " + s.Run("run", "register") + "\nThen go on: " + s.Retry
			})},
	}
}
