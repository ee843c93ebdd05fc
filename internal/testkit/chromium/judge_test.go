package chromium

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestTheJudgeFindsWhatIsWrong(t *testing.T) {
	tab := Start(t)
	const good = `<!doctype html><title>x</title><link rel=icon href="data:,"><body style="margin:0;background:#fff;color:#000"><header>x <i class=note>y</i></header>`
	for name, c := range map[string]struct{ source, problem string }{
		"nothing":             {`<main><h1>Fine</h1><p style="color:#767676">just enough</p><button>One</button></main>`, ""},
		"faint text":          {`<h1>x</h1><p style="color:#777">faint</p>`, `"faint" has a contrast of 4.48:1`},
		"translucent text":    {`<h1>x</h1><p style="color:rgb(0 0 0 / 30%)">thin</p>`, `"thin" has a contrast of`},
		"a tinted background": {`<h1>x</h1><div style="background:#000"><p style="background:rgb(255 255 255 / 10%);color:#444">dim</p></div>`, `"dim" has a contrast of`},
		"a faint value":       {`<h1>x</h1><input value="typed" style="color:#aaa;background:#fff">`, `"typed" has a contrast of`},
		"hidden text":         {`<h1>x</h1><p hidden style="color:#fff">unseen</p>`, ""},
		"a wide box":          {`<h1>x</h1><div style="width:3000px">wide</div>`, "it scrolls sideways: 3000"},
		"text cut off":        {`<h1>x</h1><div style="overflow:hidden"><p style="width:3000px;text-align:right">cut</p></div>`, `"cut" leaves the window`},
		"a picture":           {`<h1>x</h1><img src="/picture.png">`, "it loads http"},
		"two headings":        {`<h1>x</h1><h1>y</h1>`, "it has not one h1"},
		"two main actions":    {`<main><h1>x</h1><button>One</button><a class=button>Two</a></main>`, "it has 2 main actions"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, good+c.source)
		}))
		t.Cleanup(server.Close)
		Do(t, tab, chromedp.Navigate(server.URL))
		found := Get(t, tab, chromedp.Evaluate[verdict](judgeScript)).Problems
		if got := strings.Join(found, "; "); (c.problem == "") != (got == "") || !strings.Contains(got, c.problem) {
			t.Errorf("%s: found %q, want %q", name, got, c.problem)
		}
	}
}

func TestTheJudgeComparesHeadersAndMarks(t *testing.T) {
	page := verdict{Title: "x · SANDBOX", Header: "header 0,0 1200x53; mark SANDBOX", Note: "y"}
	taller, unmarked, silent := page, page, page
	taller.Header = "header 0,0 1200x54; mark SANDBOX"
	unmarked.Title = "x · agentcore-3lo"
	silent.Note = ""
	for what, wrong := range map[string]verdict{"the header is": taller, "SANDBOX is wrong": unmarked, "does not say which part": silent} {
		j := NewJudge(t, nil)
		if found := j.problems("desktop", page, true); len(found) > 0 {
			t.Errorf("the first page: %q", found)
		}
		if found := strings.Join(j.problems("desktop", wrong, true), "; "); !strings.Contains(found, what) {
			t.Errorf("found %q, want %q", found, what)
		}
	}
	if found := strings.Join(NewJudge(t, nil).problems("phone", page, false), "; "); !strings.Contains(found, "SANDBOX is wrong") {
		t.Errorf("a mark that should not be: %q", found)
	}
}
