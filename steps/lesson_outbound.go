package steps

// What the outbound half teaches: LinkedIn, the provider, the target.

var linkedinLesson = Lesson{
	{Text: "LinkedIn knows applications, not gateways. So you register an app there, and AgentCore acts as that app. Go to https://developer.linkedin.com (in the sandbox: to the portal below, which plays it) and do this, in this order:"},
	{List: []string{
		"1. Make a Page first, if you have none: \"For Business\", then \"Create a Company Page\". Any name will do. LinkedIn wants one for every app, although it asks only in the middle of creating the app.",
		"2. \"Create app\": a name, your Page, any logo. Tick the terms.",
		"3. Settings tab: \"Verify\" beside the Page, open the link it gives, confirm.",
		"4. Products tab: \"Request access\" for \"Sign In with LinkedIn using OpenID Connect\". It is granted at once; it then stands under \"Added products\".",
		"5. Auth tab: Client ID, and Primary Client Secret behind the eye. That is what is asked for here.",
	}},
	{Diagram: portalSketch},
	{Text: "Leave \"Authorized redirect URLs\" in the Auth tab empty for now. The URL that belongs there does not exist yet; you get it two steps from here."},
	{Text: "The client id is public. The client secret goes to AgentCore Identity and nowhere else: not into the record, not into the log. If you stop before it has been handed over, it is asked for again."},
	{Text: "Meanwhile AWS builds your gateway. There is nothing to do for that."},
}

const portalSketch = `  ┌ My app ───────────────────────────────┐
  │ Settings  [Auth]  Products  Analytics │
  │                                       │
  │ Client ID              86abcd12efgh34 │
  │ Primary Client Secret  ••••••••  (eye)│
  │                                       │
  │ Authorized redirect URLs for your app │
  │   No redirect URLs added     (pencil) │
  └───────────────────────────────────────┘
  ┌ My app ───────────────────────────────┐
  │ Settings   Auth  [Products]           │
  │                                       │
  │ Sign In with LinkedIn                 │
  │ using OpenID Connect [Request access] │
  └───────────────────────────────────────┘`

var providerLesson = Lesson{
	{Text: "A credential provider is how AgentCore Identity knows an OAuth app: the vendor, the client id and the client secret. For LinkedIn, as for Google, GitHub, Slack, Salesforce and others, the authorization server's addresses are built in. The secret goes into Secrets Manager, the users' tokens into Identity's vault."},
	{Text: "Creating it yields the callback URL: AgentCore's own address, where LinkedIn will send your browser with a code. AgentCore gets the code, never this machine. Each provider has a callback URL of its own, and a provider made anew has another one."},
	{Text: "The tutorial deletes a provider of the same name first. This walkthrough looks first, updates one of its own in place, so that the callback URL stays, and refuses one that is not its own."},
}

var registerLesson = Lesson{
	{Text: "LinkedIn sends browsers only to addresses that stand in the app. So the callback URL must be there, exactly as it is: every character, no slash or space at the end."},
	{List: []string{
		"Auth tab, \"Authorized redirect URLs for your app\", the pencil, \"+ Add redirect URL\".",
		"Paste the URL and press \"Update\", or it is not saved. Once it is, it stands in the list.",
		"Register this URL, not the localhost one. LinkedIn never sees the return URL; that is between AgentCore and this machine.",
	}},
	{Diagram: redirectSketch},
}

const redirectSketch = `  ┌ Authorized redirect URLs ─────────────┐
  │ [https://bedrock-agentcore....      ] │
  │ + Add redirect URL                    │
  │                    [Cancel]  [Update] │
  └───────────────────────────────────────┘`

var targetLesson = Lesson{
	{Text: "The target joins the halves: an OpenAPI document says what LinkedIn offers (GET /userinfo), and the credential provider says in whose name to call it: AUTHORIZATION_CODE, with the scopes openid, profile and email."},
	{List: []string{
		"The tool is called LinkedInAuthCode___getUserInfo: the target's name, three underscores, the operation's id. So two targets never clash.",
		"defaultReturnUrl is where the browser goes at the end when a call names no other. The tutorial puts a dummy there; here it is your real return URL, so that callers who name none work too.",
		"It is done when it is READY. An error stops here and is shown; the tutorial prints it and goes on without a target.",
		"The tool takes no arguments. The domainName in the tutorial's call is a leftover of another sample.",
	}},
}
