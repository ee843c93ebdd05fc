package linkedin

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

const signInProduct = "Sign In with LinkedIn using OpenID Connect"

// appView is the data of an app's tabs.
type appView struct {
	portal  string // path of the portal
	app     state.App
	page    string // name of the app's Page
	confirm string // the verification link
	secret  string
	show    string // what the person asked to see: "link", "secret", or nothing
	grants  int    // how often a user allowed the app
	tokens  int    // how many of these became an access token
	problem string // what is wrong with the form; may be empty

	redirects []string // the app's, or those entered in the form
	unusable  string   // the one of them that is not accepted
}

func (v appView) home() string { return v.portal + "/apps/" + v.app.ClientID }

// appTabs maps paths to the app's tabs. Redirects and secret are parts of Auth.
func appTabs() map[string]func(appView) []g.Node {
	return map[string]func(appView) []g.Node{
		"settings": appView.settings, "auth": appView.auth, "products": appView.products, "analytics": appView.analytics,
		"redirects": appView.editRedirects, "secret": appView.newSecret,
	}
}

func (v appView) tabs(current string) g.Node {
	return h.Nav(h.Aria("label", "App"), h.Ul(g.Map([]string{"Settings", "Auth", "Products", "Analytics"}, func(tab string) g.Node {
		path := strings.ToLower(tab)
		return h.Li(h.A(h.Href(v.home()+"/"+path), g.If(path == current, h.Aria("current", "page")), g.Text(tab)))
	})))
}

func (v appView) settings() []g.Node {
	page := web.Fact{Label: "LinkedIn Page", Value: v.page, Nodes: []g.Node{web.State(web.Success, "Verified")}}
	if !v.app.Verified {
		page.Nodes = []g.Node{web.State(web.Neutral, "Not verified"), web.SmallButton(v.home()+"/settings?show=link", "", "Verify")}
	}
	return []g.Node{
		v.tabs("settings"),
		web.Facts(web.Fact{Label: "App name", Value: v.app.Name}, page),
		g.If(v.show == "link" && !v.app.Verified, web.Section("Verification URL", nil,
			h.P(g.Text("Open this link as an admin of the Page, and confirm.")),
			h.P(h.A(h.Class("id"), h.Href(v.confirm), g.Text(v.confirm))),
		)),
	}
}

func (v appView) auth() []g.Node {
	secret := []g.Node{
		h.Code(h.Aria("label", "hidden"), g.Text(strings.Repeat("•", 16))),
		web.SmallButton(v.home()+"/auth?show=secret", web.Eye, "Reveal"),
	}
	if v.show == "secret" {
		secret = []g.Node{h.Code(h.ID("client-secret"), g.Text(v.secret)), web.SmallButton(v.home()+"/auth", web.ClosedEye, "Hide")}
	}
	redirects := h.P(h.Class("soft"), g.Text("No redirect URLs added"))
	if len(v.redirects) > 0 {
		redirects = h.Ul(h.Class("rows"), h.ID("redirects"), g.Map(v.redirects, func(link string) g.Node { return h.Li(h.Code(g.Text(link))) }))
	}
	return []g.Node{
		v.tabs("auth"),
		web.Section("Application credentials", nil,
			web.Facts(
				web.Fact{Label: "Client ID", Nodes: []g.Node{h.Code(h.ID("client-id"), g.Text(v.app.ClientID))}},
				web.Fact{Label: "Primary Client Secret", Nodes: secret},
				web.Fact{Label: "Access token", Value: "2 months (5184000 seconds)"},
			),
			h.P(h.Class("hint"), g.Text("Click a value to select it. "), h.A(h.Href(v.home()+"/secret"), g.Text("Generate a new Client Secret"))),
		),
		web.Section("Authorized redirect URLs for your app", []g.Node{web.SmallButton(v.home()+"/redirects", web.Pencil, "Edit")}, redirects),
	}
}

func (v appView) newSecret() []g.Node {
	return []g.Node{
		v.tabs("auth"),
		web.Section("Generate a new Client Secret", nil,
			h.P(g.Text("The present secret stops working at once. AgentCore gets no new tokens for this app until you enter the new secret in the terminal.")),
			h.Form(h.Method("post"), h.Action(v.home()+"/secret"), web.Actions(web.Submit("Generate"), web.QuietButton(v.home()+"/auth", "Cancel"))),
		),
	}
}

func (v appView) editRedirects() []g.Node {
	fields := g.Group{}
	for i, link := range v.redirects {
		id := "redirect-" + strconv.Itoa(i)
		fields = append(fields,
			h.Label(h.For(id), g.Text("Redirect URL "+strconv.Itoa(i+1))),
			h.Input(h.ID(id), h.Name("redirect"), h.Value(link), g.Attr("inputmode", "url"), h.AutoComplete("off"), g.Attr("spellcheck", "false"),
				h.Aria("describedby", "exact"), g.If(link == "", h.AutoFocus()), invalid(link != "" && link == v.unusable)),
		)
	}
	return []g.Node{
		v.tabs("auth"),
		web.Section("Authorized redirect URLs for your app", nil,
			web.Alert(v.problem),
			h.Form(h.Method("post"), h.Action(v.home()+"/redirects"),
				h.Input(h.Type("submit"), g.Attr("hidden")), // a form's first button is what Enter presses: Update
				fields,
				h.P(web.SmallSubmit("add", "+ Add redirect URL")),
				h.P(h.Class("hint"), h.ID("exact"), g.Text("A redirect URL must match exactly. To remove one, clear its field.")),
				web.Actions(web.Submit("Update"), web.QuietButton(v.home()+"/auth", "Cancel")),
			),
		),
	}
}

func (v appView) products() []g.Node {
	name := h.Li(h.Strong(g.Text(signInProduct)), g.If(v.app.SignIn, web.State(web.Success, "Added")))
	about := g.Group{
		h.Ul(h.Class("rows"), name),
		h.P(g.Text("Lets members sign in to your app. The app can then read their name, photo and email address (scopes openid, profile and email).")),
	}
	if v.app.SignIn {
		return []g.Node{
			v.tabs("products"),
			web.Section("Added products", nil, about),
			web.Section("Available products", nil, h.P(h.Class("soft"), g.Text("The sandbox has no others."))),
		}
	}
	return []g.Node{
		v.tabs("products"),
		web.Alert(v.problem),
		web.Section("Added products", nil, h.P(h.Class("soft"), g.Text("None yet"))),
		web.Section("Available products", nil, about,
			h.Form(h.Method("post"), h.Action(v.home()+"/products"), web.Actions(web.Submit("Request access")))),
	}
}

func (v appView) analytics() []g.Node {
	return []g.Node{
		v.tabs("analytics"),
		web.Facts(
			web.Fact{Label: "Consents", Value: strconv.Itoa(v.grants)},
			web.Fact{Label: "Access tokens", Value: strconv.Itoa(v.tokens)},
			web.Fact{Label: "Daily limit", Value: "None in the sandbox"},
		),
	}
}
