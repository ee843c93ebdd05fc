package sandbox

func stsHandlers() map[string]handler {
	return map[string]handler{"sts:GetCallerIdentity": callerIdentity}
}

func callerIdentity(c *call) (any, error) {
	type identity struct{ Arn, UserId, Account string }
	return identity{
		Arn:     c.caller,
		UserId:  "AIDASANDBOX0000000000",
		Account: c.account,
	}, nil
}
