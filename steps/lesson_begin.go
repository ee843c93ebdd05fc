package steps

// What the first two pages teach.

var overviewLesson = Lesson{
	{Text: "You will build an Amazon Bedrock AgentCore Gateway whose tool reads a LinkedIn profile in the name of the person who agreed to it. An agent can then call LinkedIn for its user without ever seeing the user's password or token."},
	{Diagram: architecture},
	{Text: "Two halves meet at the gateway. Inbound: who may call it (a JWT from Cognito). Outbound: in whose name it calls LinkedIn (a token that the user allowed, kept by AgentCore Identity). The target joins them."},
	{Heading: "Which grant fits"},
	{Text: "Outbound, a gateway can use no authorization, IAM, an API key or OAuth. OAuth has two grants. Client credentials, also called two-legged or 2LO: the application acts for itself. Authorization code, also called three-legged or 3LO: the application acts for a user who consented. This walkthrough uses the second. It suits tools that act for a user: mail and calendar at Google, repositories at GitHub, profile and posts at LinkedIn, or something internal."},
	{Table: [][]string{
		{"", "authorization code (a user)", "client credentials (itself)"},
		{"Whose data", "the user's: mail, documents, calendar", "the organisation's: logs, shared data"},
		{"A person", "is present and can consent", "is not needed"},
		{"When", "interactive, in real time", "background, scheduled, batch"},
		{"Permissions", "vary by user and by consent", "the same for the whole agent"},
	}},
	{Text: "What sets the authorization code grant apart: it asks the user expressly, reaches the user's own data, keeps the agent's identity apart from the user's, and narrows access by scopes."},
	{Heading: "How the user is asked"},
	{Text: "MCP 2025-11-25 has URL mode elicitation. Instead of a result, the server answers \"open this URL first\". The user signs in and consents in their own browser. The client never sees what they type there, and the server keeps the credentials. A gateway can do so if 2025-11-25 is among its supported versions."},
	{Heading: "Words"},
	{List: []string{
		"The tutorial: the AWS notebook that this walkthrough replaces, \"Use Authorization code grant type outbound oAuth flow for AgentCore Gateway Targets\". Where this program does something else, the page says so.",
		"Bearer: a token that serves whoever holds it. JWT: a signed token that says whose it is, and until when.",
		"Elicitation: a server's question to the user, here \"open this URL\". Session binding: proof that whoever opened it is that user.",
	}},
	{Heading: "Good to know"},
	{List: []string{
		"No model, no agent framework, no Python: the caller is a plain MCP client inside this program. All it needs is here; no other file is fetched.",
		"Everything made is tagged with the run's name, and a record in your state folder remembers it. So you can stop at any time and go on later, and cleanup finds everything; cleanup --all does without the record.",
		"Steps that need nobody begin by themselves once you have agreed to the plan: AWS builds while you are at LinkedIn.",
	}},
}

const architecture = `  you, in a browser            LinkedIn
      │     2 sign in, Allow    ▲   ▲
      └─────────────────────────┘   │
                                    │ 4 your
  MCP client ──▶ Gateway ───────────┘ token
      ▲    1 JWT  │   ▲
      └───────────┘   │ 3 your token
        "open URL"    │
               AgentCore Identity
            (provider, token vault)`

var prerequisitesLesson = Lesson{
	{Text: "First what is here: which account, who you are in it, which region, and whether your browser reaches this machine. Then the plan. Nothing is changed anywhere before you say yes to it."},
	{List: []string{
		"Region: from --region, AWS_REGION or the profile. AgentCore Gateway and Identity run in most commercial regions; an unusual one is only remarked on.",
		"Permissions: an administrator's account has them. For anybody else, this program prints the whole IAM policy with the command policy, and a denied call prints the one statement that is missing.",
		"Cost: a Cognito machine client costs a little per month and per token, the gateway per call. For an afternoon, cents. After cleanup, nothing.",
		"Your system: this program writes its record and log into its state folder (AGENTCORE_3LO_HOME moves it) and nothing else. It installs nothing.",
		"Return URL: at the end of the consent AgentCore sends your browser to a listener in this program, on port 9090, or on the next free one. The program holds the port until it ends, and takes the same one after a restart.",
		"A browser on another machine, as with SSH, needs the port forwarded: ssh -N -L 9090:127.0.0.1:9090 HOST. The round trip below tries it out. Without forwarding you can paste the address of the browser's last page here.",
	}},
	{Table: [][]string{
		{"Where you are", "Return URL", "Found by"},
		{"your own machine", "http://localhost:9090/oauth2/callback", "default"},
		{"SageMaker Studio", "<space>/proxy/9090/oauth2/callback", "Studio's metadata"},
		{"code-server", "its proxy address", "VSCODE_PROXY_URI"},
		{"Codespaces", "https://<name>-9090.app.github.dev", "CODESPACE_NAME"},
		{"anywhere else", "what you give", "--return-url"},
	}},
	{Text: "The listener answers on loopback only. In Studio alone it listens on all interfaces, because Studio's proxy comes from outside the container's loopback."},
}
