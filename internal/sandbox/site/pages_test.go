package site

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"agentcore-3lo/internal/web"
)

func TestPagesEscapeTitlesAndTexts(t *testing.T) {
	const hostile = `</title></h1><script>alert("1")</script>'&lt;`
	pages := NewPages(Address{Endpoint: "http://127.0.0.1:1"}, slog.New(slog.DiscardHandler))
	problem, missing := httptest.NewRecorder(), httptest.NewRecorder()
	pages.Problem(problem, http.StatusForbidden, LinkedIn, hostile, web.Result{Lead: hostile})
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.URL.Path = "/" + hostile
	pages.NotFound(missing, request)
	for times, answer := range map[int]*httptest.ResponseRecorder{3: problem, 1: missing} { // title, heading, text; text
		root, err := html.Parse(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "script" {
				t.Error("a text was interpreted as a script")
			}
			if n.Type == html.TextNode && strings.Contains(n.Data, hostile) {
				shown++
			}
		}
		if shown != times {
			t.Errorf("the text shows %d times, want %d", shown, times)
		}
	}
	if problem.Code != http.StatusForbidden || missing.Code != http.StatusNotFound {
		t.Errorf("HTTP %d and %d", problem.Code, missing.Code)
	}
}

func TestAddressKeepsTheSandboxsOwnURLsWithoutOrigin(t *testing.T) {
	a := Address{Endpoint: "http://127.0.0.1:9595"}
	for link, want := range map[string]string{
		"http://127.0.0.1:9595/x?y":   "/x?y",
		"http://127.0.0.1:95950/x":    "http://127.0.0.1:95950/x",
		"http://localhost:9595/x":     "http://localhost:9595/x",
		"https://api.linkedin.com/v2": "https://api.linkedin.com/v2",
	} {
		got := a.Relative(link)
		if got != want || Absolute(a.Endpoint, got) != link {
			t.Errorf("%s becomes %s and then %s", link, got, Absolute(a.Endpoint, got))
		}
	}
}
