package steps

// What the inbound half teaches: who may call the gateway.

var inboundLesson = Lesson{
	{Text: "The gateway lets in whoever shows a JWT that it trusts. Cognito issues it here, to a machine: an app client with an id and a secret (client credentials grant). No person signs in for this half."},
	{List: []string{
		"User pool: the issuer. Its discovery document tells the gateway where the signing keys are.",
		"Domain: gives the pool its token endpoint. A new one takes up to a minute to be known everywhere.",
		"Resource server: names a scope. The token carries it, but this gateway does not ask for it.",
		"Machine client: its id is what the gateway will allow.",
	}},
	{Text: "What the gateway checks of a bearer: the signature by the pool's keys, that it has not expired (Cognito's live an hour), the issuer, and that client_id is in allowedClients. It does not check the scope unless allowedScopes is set."},
	{Text: "A pool's name is not unique in Cognito. So what counts as ours is what carries this run's tags, or stands in its record. Anything else of the same name is never touched."},
}

var gatewayLesson = Lesson{
	{Text: "The gateway is an MCP server that AWS runs for you. It needs an IAM role for what it does itself, an authorizer for its callers, and the protocol versions it speaks."},
	{List: []string{
		"The role may fetch a user's token through this run's provider, and nothing else. The tutorial attaches AdministratorAccess; that is not needed. Only AgentCore can assume it, only for this account, only for this gateway.",
		"Two protocol versions: 2025-11-25 has the URL elicitation that consent needs. 2025-03-26 lets older clients list and call tools that need no consent. 2025-11-25 alone would be enough for us.",
		"Semantic search adds a tool that finds tools by meaning: x_amz_bedrock_agentcore_search.",
		"It takes about a minute to be READY. A gateway that ends FAILED says why; the reason is shown, and the next start makes it again.",
	}},
	{Text: "A new role is not known everywhere at once, so the first try may be refused. That is waited out. Beside it, the first bearer is fetched, to prove the inbound half."},
}
