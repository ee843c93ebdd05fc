package linkedin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

// wants says what the scopes let an app do.
var wants = map[string]string{
	"openid":  "Know who you are here",
	"profile": "Use your name and photo",
	"email":   "Use the primary email address of your account",
}

func consentPage(app string, scopes []string, allow, cancel string) []g.Node {
	return []g.Node{
		h.Ul(h.Class("rows"), g.Map(scopes, func(scope string) g.Node {
			return h.Li(g.Text(wants[scope]), h.Small(g.Text("scope "), h.Code(g.Text(scope))))
		})),
		h.P(g.Text("You are signed in as "), h.Strong(g.Text(memberName)), g.Text(" ("+memberEmail+").")),
		web.Actions(web.Button(allow, "Allow"), web.QuietButton(cancel, "Cancel")),
		h.P(h.Class("hint"), g.Text("Allow gives "), h.Strong(g.Text(app)), g.Text(" an access token for 60 days.")),
	}
}

func appsPage(portal string, apps []state.App, pages []state.Page) []g.Node {
	list := h.P(h.Class("soft"), g.Text("You have no apps yet."))
	if len(apps) > 0 {
		list = h.Ul(h.Class("rows"), g.Map(apps, func(a state.App) g.Node {
			return h.Li(h.A(h.Href(portal+"/apps/"+a.ClientID+"/auth"), g.Text(a.Name)), h.Small(h.Code(g.Text(a.ClientID))))
		}))
	}
	companies := h.P(h.Class("soft"), g.Text("Every app belongs to a Page, and you have none yet. Any name works."))
	if len(pages) > 0 {
		companies = h.Ul(h.Class("rows"), g.Map(pages, func(p state.Page) g.Node { return h.Li(g.Text(p.Name)) }))
	}
	return []g.Node{
		list, web.Actions(web.Button(portal+"/apps/new", "Create app")),
		web.Section("For Business", []g.Node{web.SmallButton(portal+"/pages/new", "", "Create a Company Page")}, companies),
	}
}

func newAppPage(portal string, pages []state.Page, chosen, name, problem string) []g.Node {
	if len(pages) == 0 {
		return []g.Node{
			h.P(g.Text("Every app belongs to a Page, and you have none yet.")),
			web.Actions(web.Button(portal+"/pages/new", "Create a Company Page"), web.QuietButton(portal, "Cancel")),
		}
	}
	return []g.Node{
		web.Alert(problem),
		h.Form(h.Method("post"), h.Action(portal+"/apps/new"),
			h.Label(h.For("name"), g.Text("App name")),
			h.Input(h.ID("name"), h.Name("name"), h.Value(name), h.MaxLength("100"), h.Required(), h.AutoComplete("off"), invalid(problem != "" && name == "")),
			h.Label(h.For("page"), g.Text("LinkedIn Page")),
			h.Select(h.ID("page"), h.Name("page"), h.Required(), g.Map(pages, func(p state.Page) g.Node {
				return h.Option(h.Value(p.ID), g.If(p.ID == chosen, h.Selected()), g.Text(p.Name))
			})),
			h.Label(h.For("logo"), g.Text("App logo")),
			h.Input(h.ID("logo"), h.Name("logo"), h.Type("file"), h.Accept("image/*"), h.Aria("describedby", "any")),
			h.P(h.Class("hint"), h.ID("any"), g.Text("Any logo. The sandbox needs none and does not read it.")),
			h.Label(h.Class("check"), h.Input(h.ID("terms"), h.Name("terms"), h.Type("checkbox"), h.Value("accepted"), h.Required()),
				g.Text("I accept the terms (the sandbox has none).")),
			web.Actions(web.Submit("Create app"), web.QuietButton(portal, "Cancel")),
		),
	}
}

func newPagePage(portal, problem string) []g.Node {
	return []g.Node{
		web.Alert(problem),
		h.Form(h.Method("post"), h.Action(portal+"/pages/new"),
			h.Label(h.For("name"), g.Text("Name of the Page")),
			h.Input(h.ID("name"), h.Name("name"), h.MaxLength("100"), h.Required(), h.AutoComplete("off"), h.Aria("describedby", "any"), invalid(problem != "")),
			h.P(h.Class("hint"), h.ID("any"), g.Text("Any name works. The next page is the one for your app.")),
			web.Actions(web.Submit("Create page"), web.QuietButton(portal, "Cancel")),
		),
	}
}

// confirmPage is what a verification link opens.
func confirmPage(link, settings, app, page string) []g.Node {
	return []g.Node{
		h.P(g.Text("Confirm that this app belongs to the Page.")),
		web.Facts(web.Fact{Label: "App", Value: app}, web.Fact{Label: "LinkedIn Page", Value: page}),
		h.Form(h.Method("post"), h.Action(link), web.Actions(web.Submit("Confirm"), web.QuietButton(settings, "Cancel"))),
	}
}

func invalid(is bool) g.Node { return g.If(is, h.Aria("invalid", "true")) }
