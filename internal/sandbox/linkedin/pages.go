package linkedin

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

func consentPage(app string, wants []string, allow, cancel string) []g.Node {
	return []g.Node{
		h.P(g.Text("Signed in as "), h.Strong(g.Text(memberName)), g.Text(" ("+memberEmail+")")),
		h.Ul(g.Map(wants, func(want string) g.Node { return h.Li(g.Text(want)) })),
		web.Actions(web.Button(allow, "Allow"), web.QuietButton(cancel, "Cancel")),
		h.P(h.Class("hint"), g.Text("Allow gives "), h.Strong(g.Text(app)), g.Text(" an access token for 60 days.")),
	}
}

func appsPage(portal string, apps []state.App) []g.Node {
	list := h.P(g.Text("You have no apps yet."))
	if len(apps) > 0 {
		list = h.Ul(g.Map(apps, func(a state.App) g.Node {
			return h.Li(h.A(h.Href(portal+"/apps/"+a.ClientID+"/auth"), g.Text(a.Name)), g.Text(" "), h.Span(h.Class("id"), g.Text(a.ClientID)))
		}))
	}
	return []g.Node{list, web.Actions(web.Button(portal+"/apps/new", "Create app"))}
}

func newAppPage(portal string, pages []state.Page, chosen, name, problem string) []g.Node {
	hasPages := len(pages) > 0
	page := h.P(h.Class("hint"), h.ID("page"), g.Text("Every app belongs to a Page, and you have none yet. A dummy Page will do."))
	if hasPages {
		page = h.Select(h.ID("page"), h.Name("page"), h.Required(), g.Map(pages, func(p state.Page) g.Node {
			return h.Option(h.Value(p.ID), g.If(p.ID == chosen, h.Selected()), g.Text(p.Name))
		}))
	}
	return []g.Node{
		web.Alert(problem),
		h.Form(h.Method("post"), h.Action(portal+"/apps/new"),
			h.Label(h.For("name"), g.Text("App name")),
			h.Input(h.ID("name"), h.Name("name"), h.Value(name), h.MaxLength("100"), h.Required(), h.AutoComplete("off"), invalid(problem != "" && name == "")),
			h.Label(h.For("page"), g.Text("LinkedIn Page")),
			page,
			h.P(h.Class("hint"), h.A(h.Href(portal+"/pages/new"), g.Text("Create a new LinkedIn Page"))),
			web.Actions(g.If(hasPages, web.Submit("Create app")), web.QuietButton(portal, "Cancel")),
		),
	}
}

func newPagePage(portal, problem string) []g.Node {
	return []g.Node{
		web.Alert(problem),
		h.Form(h.Method("post"), h.Action(portal+"/pages/new"),
			h.Label(h.For("name"), g.Text("Name of the Page")),
			h.Input(h.ID("name"), h.Name("name"), h.MaxLength("100"), h.Required(), h.AutoComplete("off"), invalid(problem != "")),
			web.Actions(web.Submit("Create page"), web.QuietButton(portal+"/apps/new", "Cancel")),
		),
	}
}

// appView is the data of an app's tabs.
type appView struct {
	portal    string // path of the portal
	app       state.App
	page      string // name of the app's Page
	secret    string
	redirects []string
	problem   string // the error in entered; may be empty
	entered   string // the redirect URL that was submitted
}

func (v appView) home() string { return v.portal + "/apps/" + v.app.ClientID }

// appTabs maps paths to the app's tabs. Redirects is part of Auth.
func appTabs() map[string]func(appView) []g.Node {
	return map[string]func(appView) []g.Node{
		"settings": appView.settings, "auth": appView.auth, "redirects": appView.editRedirects, "products": appView.products,
	}
}

func (v appView) tabs(current string) g.Node {
	tab := func(path, text string) g.Node {
		return h.Li(h.A(h.Href(v.home()+"/"+path), g.If(path == current, h.Aria("current", "page")), g.Text(text)))
	}
	return h.Nav(h.Aria("label", "App"), h.Ul(
		h.Li(h.A(h.Href(v.portal), g.Text("My apps"))), tab("settings", "Settings"), tab("auth", "Auth"), tab("products", "Products"),
	))
}

func (v appView) settings() []g.Node {
	return []g.Node{
		v.tabs("settings"),
		h.Dl(
			h.Dt(g.Text("App name")), h.Dd(g.Text(v.app.Name)),
			h.Dt(g.Text("LinkedIn Page")), h.Dd(g.Text(v.page+" "), h.Span(h.Class("hint"), g.Text("(verified)"))),
		),
	}
}

func (v appView) auth() []g.Node {
	redirects := h.P(g.Text("No redirect URLs added"))
	if len(v.redirects) > 0 {
		redirects = h.Ul(h.ID("redirects"), g.Map(v.redirects, func(link string) g.Node { return h.Li(h.Class("id"), g.Text(link)) }))
	}
	return []g.Node{
		v.tabs("auth"),
		h.H2(g.Text("Application credentials")),
		h.Dl(
			h.Dt(g.Text("Client ID")), h.Dd(h.Class("id"), h.ID("client-id"), g.Text(v.app.ClientID)),
			h.Dt(g.Text("Primary Client Secret")), h.Dd(h.Class("id"), h.ID("client-secret"), g.Text(v.secret)),
			h.Dt(g.Text("Access token: time to live")), h.Dd(g.Text("2 months (5184000 seconds)")),
		),
		h.H2(g.Text("OAuth 2.0 settings")),
		h.H3(g.Text("Authorized redirect URLs for your app")),
		redirects,
		web.Actions(web.QuietButton(v.home()+"/redirects", "+ Add redirect URL")),
	}
}

func (v appView) editRedirects() []g.Node {
	field := func(id, label, value string, more ...g.Node) g.Node {
		return g.Group{
			h.Label(h.For(id), g.Text(label)),
			h.Input(h.ID(id), h.Name("redirect"), h.Value(value), g.Attr("inputmode", "url"), h.AutoComplete("off"), g.Attr("spellcheck", "false"), g.Group(more)),
		}
	}
	var fields g.Group
	for i, link := range v.redirects {
		fields = append(fields, field("redirect-"+strconv.Itoa(i), "Authorized redirect URL", link))
	}
	return []g.Node{
		v.tabs("auth"),
		web.Alert(v.problem),
		h.Form(h.Method("post"), h.Action(v.home()+"/redirects"),
			fields,
			field("redirect-new", "Another redirect URL", v.entered, h.Aria("describedby", "exact"), invalid(v.problem != "")),
			h.P(h.Class("hint"), h.ID("exact"), g.Text("A redirect URL must match exactly. To remove one, clear its field.")),
			web.Actions(web.Submit("Update"), web.QuietButton(v.home()+"/auth", "Cancel")),
		),
	}
}

func (v appView) products() []g.Node {
	state := h.P(h.Strong(g.Text("Added to your app.")))
	if !v.app.SignIn {
		state = h.Form(h.Method("post"), h.Action(v.home()+"/products"), web.Actions(web.Submit("Request access")))
	}
	return []g.Node{
		v.tabs("products"),
		h.H2(g.Text("Sign In with LinkedIn using OpenID Connect")),
		h.P(g.Text("Lets members sign in to your app. The app can then read their name, photo and email address (scopes openid, profile and email).")),
		state,
	}
}

func invalid(is bool) g.Node { return g.If(is, h.Aria("invalid", "true")) }
