package advice

// serviceCauses are limits of the account and of the services.
func serviceCauses() []Cause {
	return []Cause{
		{Name: "quota reached", Exit: ExitFailed,
			Source: "AgentCore, Cognito and IAM API references, errors",
			Matches: func(f Facts) bool {
				return f.HasCode("LimitExceededException", "ServiceQuotaExceededException", "LimitExceeded", "ResourceLimitExceededException")
			},
			Next: text(func(s Situation) string {
				return "A quota of this account is used up. Clean up an older run (" + s.Program + " runs), or ask for a higher quota in Service Quotas, then: " + s.Retry
			})},
		{Name: "throttled", Exit: ExitFailed,
			Source:  "AWS, common errors",
			Matches: func(f Facts) bool { return f.HasCode("ThrottlingException", "TooManyRequestsException", "Throttling") },
			Next:    text(func(s Situation) string { return "AWS is throttling requests. Wait a minute, then: " + s.Retry })},
	}
}
