package linkedin

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	g "maragu.dev/gomponents"

	"agentcore-3lo/internal/sandbox/state"
)

// hostile would end a text or an attribute in either kind of quotes if it were not
// escaped.
const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'></title></style>&amp;`

// Input of users and clients is shown as entered, and never becomes an element or
// an attribute.
func TestPagesEscapeWhatWasEntered(t *testing.T) {
	app := state.App{ClientID: "78ab", Name: hostile}
	link := "https://example.com/" + hostile
	view := appView{portal: "/developers", app: app, page: hostile, confirm: link, secret: hostile, redirects: []string{link}, unusable: link, problem: hostile}
	pages := map[string][]g.Node{
		"consent":  consentPage(hostile, []string{hostile}, "/allow", "/cancel"),
		"apps":     appsPage("/developers", []state.App{app}, []state.Page{{ID: hostile, Name: hostile}}),
		"confirm":  confirmPage(link, link, hostile, hostile),
		"new app":  newAppPage("/developers", []state.Page{{ID: hostile, Name: hostile}}, hostile, hostile, hostile),
		"new page": newPagePage("/developers", hostile),
	}
	for path, tab := range appTabs() {
		pages[path] = tab(view)
	}
	view.show = "link"
	pages["verify"] = view.settings()
	view.show = "secret"
	pages["revealed"] = view.auth()
	harmless := strings.Fields("a accept action aria-current aria-describedby aria-hidden aria-invalid aria-label autocomplete autofocus class d for hidden href id inputmode maxlength method name required role selected spellcheck type value viewBox")
	for name, content := range pages {
		t.Run(name, func(t *testing.T) {
			var source strings.Builder
			if err := g.Group(content).Render(&source); err != nil {
				t.Fatal(err)
			}
			root, err := html.Parse(strings.NewReader(source.String()))
			if err != nil {
				t.Fatal(err)
			}
			shown := false
			for n := range root.Descendants() {
				if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img") {
					t.Errorf("it has a %s", n.Data)
				}
				shown = shown || strings.Contains(n.Data, hostile)
				for _, a := range n.Attr {
					shown = shown || strings.Contains(a.Val, hostile)
					if !strings.Contains(" "+strings.Join(harmless, " ")+" ", " "+a.Key+" ") {
						t.Errorf("it has an attribute %s", a.Key)
					}
				}
			}
			if !shown && name != "analytics" && name != "secret" {
				t.Error("it does not show the text as it was entered")
			}
		})
	}
}
