package steps

// What the pages with the person teach: consent, the second call, cleanup.

var consentLesson = Lesson{
	{Heading: "Session binding"},
	{Text: "Whoever opens the link decides whose LinkedIn data the caller will get. So AgentCore must know that the person in the browser is the user for whom the call was made. Otherwise somebody could send you their link, you would press Allow, and their agent would read your profile. Session binding closes that gap."},
	{Diagram: bindingSequence},
	{List: []string{
		"1-2. The client calls the tool. The gateway (not your client) asks Identity for the user's token: GetResourceOauth2Token. There is none, so Identity makes a session and an authorization URL, and the gateway answers with an elicitation. The URL to open is error.data.elicitations[0].url.",
		"3-4. You consent at LinkedIn. LinkedIn sends your browser to AgentCore's callback URL with a code. AgentCore keeps the code and waits.",
		"5. AgentCore sends your browser on to the return URL with session_id, the name of that very session. It says nothing about who you are, and lives as long as the link.",
		"6. The application at the return URL decides whether the person in this browser is the user it started the session for. If so it calls CompleteResourceTokenAuth with that user's JWT. Only now does AgentCore exchange the code and store the token. If not, it does nothing.",
		"7. The second call finds the token: the gateway shows it to LinkedIn and hands on the profile.",
	}},
	{Text: "Here the listener in this program is that application. It completes one session: the one that this process started and showed to you, once, with the very JWT that made the call. AgentCore refuses any other JWT, even a newer one of the same user."},
	{Heading: "In an application of your own"},
	{List: []string{
		"Keep the session with the signed-in user's web session when you show the link. At the return URL, read who is signed in from your own cookie, never from the request, and compare.",
		"Use HTTPS. http://localhost is fine on your own machine, because nothing leaves it.",
		"Pre-registered return URLs: the tutorial says that only those are allowed, yet registers none. Third parties measured that an empty list on the gateway's workload identity means no check; once one URL is registered, every URL in use must be. AWS documents no automatic registration. Start with --register-return-url, and this walkthrough keeps that list for you: nobody who has a bearer can then send your browser elsewhere.",
	}},
	{Heading: "What keeps this safe"},
	{List: []string{
		"URL validation: the link is shown whole, its host marked, oddities named, and opened only when you say so.",
		"Session verification: a session that is not expected here completes nothing, and ends nothing.",
		"User identity binding: the session is completed with the JWT that began it.",
		"Environment-aware URLs: the return URL fits where this program runs, on your own machine, in Studio or behind a proxy, so that no session is sent to an address that is not yours.",
		"Token isolation: the vault files LinkedIn's token under the gateway's workload identity and the JWT's subject. This bearer is a machine's, so everybody with the same machine client shares one subject. Fine for a demo; not for real users.",
	}},
	{Heading: "Before you begin"},
	{List: []string{
		"The link serves ten minutes, and once. Too slow, refused, or opened twice: ask for a fresh one. A link preview can use it up.",
		"The LinkedIn account that is signed in to the browser is the one that consents. Any will do; it need not be the app's owner.",
		"forceAuthentication makes AgentCore forget a token it has, so that you see the consent. It is sent once, with the first call of a round. On a first run it changes nothing.",
		"No initialize is needed: the gateway takes a plain POST of tools/call with the header MCP-Protocol-Version: 2025-11-25. A client by the book initializes first and declares that it can elicit; this one does where a gateway insists. Without the header the answer is a tool error, not a link.",
		"You know that the callback worked when the browser says so and this page goes on. The listener has its port since step 2, and answers only while the consent is pending.",
	}},
}

const bindingSequence = `  browser  program  Gateway  Identity  LinkedIn
     │        │1 call  │         │         │
     │        ├───────▶├────────▶│         │
     │        │◀───────┤2 URL, session     │
     │3 open URL, Allow│         │         │
     ├────────┼────────┼────────▶├────────▶│
     │        │        │         │◀────────┤4 code
     │◀───────┼────────┼─────────┤5 session_id
     ├───────▶│        │         │         │
     │        ├6 complete, JWT ─▶├────────▶│ token
     │        │7 call  │         │         │
     │        ├───────▶├────────▶│ token   │
     │        │◀───────┤ profile │         │`

var invokeLesson = Lesson{
	{Text: "The same call, without forceAuthentication: the vault has the token now, so the gateway calls LinkedIn and answers with a result. Success is isError false and the profile as JSON text: sub, name, given_name, family_name, picture, locale, email, email_verified."},
	{List: []string{
		"The bearer may have expired meanwhile (an hour). A new one has the same subject, so the stored token still serves; only a consent in the middle must begin again.",
		"Another link here means that the vault has no token for this caller yet. It is called again after a moment; if the link comes back, consent once more.",
		"LinkedIn's token lives about 60 days. When it has expired, the gateway asks for consent again. The listener has stopped by now; it is needed then, and not before.",
		"From here to real users: put a sign-in (authorization code with PKCE) in front of the gateway instead of the machine client. Each user's JWT then has a subject of its own, and so a token of its own.",
	}},
}

var cleanupLesson = Lesson{
	{Text: "In reverse: targets, gateway, credential provider, role; beside them the pool's domain and the pool (the tutorial leaves the domain, and so the pool, behind). If one part fails, the rest goes on. Then everything is looked up once more."},
	{Text: "What no API of AWS removes: the app at LinkedIn, its redirect URL, and the permission you gave it. The token in AgentCore's vault goes with the provider; at LinkedIn the permission stays until you take it back: Settings, Data privacy, Permitted services."},
}
