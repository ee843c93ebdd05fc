package web

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// hostile strings break out of a text, a style or an attribute, unless escaped.
var hostile = []string{
	`</title></style></h1><script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' autofocus onfocus='alert(1)`,
	`" style="position:fixed" x="`,
	`<!--<b>`,
	`]]><svg onload=alert(1)>`,
	`&lt;script&gt;&#60;b&#x3e;`,
	"`${alert(1)}`{{.}}<%= 1 %>",
	"line\nfeed\u202e\u2028<b>",
}

func parse(t *testing.T, p Page) (source string, elements []*html.Node) {
	t.Helper()
	var b strings.Builder
	if err := p.Render(&b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), slices.Collect(root.Descendants())
}

// shape is the page without its texts and attribute values.
func shape(nodes []*html.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		if n.Type == html.TextNode {
			continue
		}
		b.WriteString(n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// page is a page that shows the text in every place that takes one.
func page(text string) Page {
	link := Link{"/" + text, text}
	return Page{Title: text, Sandbox: true, Note: text, Back: link, Outcome: Failure, Footer: text, Content: slices.Concat(
		Result{text, text, text, []Fact{{text, text, nil}}, link, text}.Content(),
		[]g.Node{Alert(text), State(Success, text), Section(text, nil), SmallButton("/"+text, Eye, text),
			h.Form(Actions(Submit(text), SmallSubmit("add", text), Button("/"+text, text), QuietButton("/"+text, text)))},
	)}
}

func TestEveryValueIsShownAsTextWhateverItContains(t *testing.T) {
	_, harmless := parse(t, page("text"))
	for _, attack := range hostile {
		source, nodes := parse(t, page(attack))
		if got, want := shape(nodes), shape(harmless); got != want {
			t.Errorf("%q changes the page's elements:\n%s", attack, source)
		}
		texts, links := 0, 0
		for _, n := range nodes {
			if n.Type == html.TextNode && strings.Contains(n.Data, attack) {
				texts++
			}
			for _, a := range n.Attr {
				if a.Key == "href" && a.Val == "/"+attack {
					links++
				}
			}
		}
		if texts != 20 || links != 5 { // every text and every link of page
			t.Errorf("%q shows in %d texts and %d links, want 20 and 5:\n%s", attack, texts, links, source)
		}
	}
}

func TestTheSandboxIsMarkedInTheHeaderAndInTheTab(t *testing.T) {
	for _, sandbox := range []bool{true, false} {
		source, _ := parse(t, Page{Title: "All set", Sandbox: sandbox})
		if n := strings.Count(source, "SANDBOX"); n != map[bool]int{true: 2, false: 0}[sandbox] {
			t.Errorf("sandbox %v: SANDBOX shows %d times:\n%s", sandbox, n, source)
		}
	}
}

func TestThePolicyAllowsThePagesOwnStyleAndNoOtherOrigin(t *testing.T) {
	source, _ := parse(t, page("text"))
	_, rest, _ := strings.Cut(source, "<style>")
	sheet, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(sheet))
	if policy := Policy("'self'"); !found || strings.Contains(sheet, "\r") ||
		policy != "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'" {
		t.Errorf("policy %q for the style %q", policy, sheet)
	}
	for _, foreign := range []string{"http:", "https:", "url(", "@import", "<script", "<img"} {
		if strings.Contains(source, foreign) {
			t.Errorf("the page has %q", foreign)
		}
	}
}
