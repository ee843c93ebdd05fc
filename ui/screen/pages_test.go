package screen

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentcore-3lo/steps/engine"
)

// Every page of a walk at every size.
func TestEveryPageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateUserPool", "CreateResourceServer"}})
	created := r.creating()
	r.When("What you will build")
	r.everywhere("overview")

	r.Press("enter")
	r.Asks("open the test link")
	r.linkCopied()
	r.Press("left", "right") // a key takes away what the last one said
	r.Asks("open the test link")
	r.everywhere("machine")
	r.Press("n")
	r.Asks("Create these 8 resources")
	r.everywhere("plan")
	r.Press("v")
	r.When("Names and details", "gateway-authcode-test")
	r.Press("esc")
	r.Asks("Create these 8 resources")
	r.Press("enter")
	r.turn(5)
	r.everywhere("agreed")

	r.Press("right")
	r.When("Create the inbound side", "running 0:")
	r.everywhere("inbound-running")
	r.box.Release("CreateUserPool")
	r.When("User pool domain") // it is created beside the scope, so either may be first
	r.box.Release("CreateResourceServer")
	r.When("3 of 10 done")
	r.everywhere("inbound-done")
	r.Press("right")
	r.When("Create the gateway", "CREATING")
	r.everywhere("gateway-creating")
	created()
	r.When("4 of 10 done", "CreateRole", "PutRolePolicy", "CreateGateway")
	r.everywhere("gateway-done")

	r.Press("right")
	r.Asks("let the simulated person")
	r.everywhere("app")
	r.Press("n")
	r.Asks("Client ID")
	r.everywhere("app-form")
	r.Press("enter")
	r.When("enter  next field")
	r.Send("WPL_AP1.something")
	r.Press("enter")
	r.When("is a client secret")
	r.everywhere("app-refused")
	for range len("WPL_AP1.something") {
		r.Press("backspace")
	}
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.Send(id)
	r.When(id)
	r.Press("enter")
	r.Asks("ctrl+r show")
	r.Paste(secret)
	r.When("••••")
	r.everywhere("app-secret")
	r.Press("enter")
	r.When("7 of 10 done") // with the target, which is created meanwhile
	r.everywhere("app-done")

	r.Press("right")
	r.When("Create the credential provider")
	r.everywhere("provider-done")
	r.Press("right")
	r.Asks("Register the callback URL", "let the simulated person")
	r.linkCopied()
	r.Press("left", "right")
	r.Asks("Register the callback URL", "let the simulated person")
	r.everywhere("callback")
	r.Press("n")
	r.Asks("I have added it")
	r.everywhere("callback-myself")
	r.Press("q")
	r.When("Leave?")
	r.everywhere("leaving")
	r.Press("esc")
	r.Asks("I have added it")
	r.Press("enter")
	r.When("8 of 10 done")
	r.everywhere("callback-done")
	r.Press("right")
	r.When("Create the target")
	r.everywhere("target-done")

	r.Press("right")
	r.Asks("ask the gateway for a link")
	r.everywhere("consent-before")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.linkCopied()
	r.Press("left", "right")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.everywhere("consent")
	r.Press("d")
	r.Asks("Decline")
	r.everywhere("consent-decline")
	r.Press("n")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("b")
	r.Asks("What does your browser show?")
	r.everywhere("symptoms")
	r.Press("esc")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.When("9 of 10 done")
	r.everywhere("consent-done")

	r.Press("right")
	r.Asks("call the tool")
	r.everywhere("call-before")
	r.Press("enter")
	r.Asks("It works", "Call 1")
	r.everywhere("works")
	r.Press("a")
	r.Asks("Call 2", "same profile as call 1", "no consent needed")
	if text := r.Screen.Text(); strings.Contains(text, "Call 1 ") {
		t.Errorf("the first call has a row as well:\n%s", text)
	}
	r.everywhere("works-again")
	r.Press("left", "a")
	r.When("Do this step again?")
	r.everywhere("again")
	r.Press("esc", "right")
	r.Asks("What next")
	r.Press("enter") // keeps it, and leaves
	if s := r.ends(); !s.m.Complete() {
		t.Error("not complete")
	}
}

// creating makes the gateway stay in creation after the first look at it, until created
// is called.
func (r *rig) creating() (created func()) {
	done := make(chan struct{})
	r.box.Intercept(func(op string, n int, w http.ResponseWriter, q *http.Request, next http.Handler) bool {
		switch {
		case op != "bedrock-agentcore:GetGateway":
			return false
		case n > 1:
			select {
			case <-done:
			case <-q.Context().Done():
			}
			return false
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, q)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		_, _ = w.Write([]byte(strings.ReplaceAll(answer.Body.String(), `"READY"`, `"CREATING"`)))
		return true
	})
	return func() { close(done) }
}

// The texts that cover a page, at every size: they may scroll, and say where.
func TestTheReadersAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("i")
	r.toProfile()
	for _, c := range []struct{ name, key, head string }{
		{"keys", "?", "Keys "},
		{"learn-more", "t", "Learn more: 10"},
		{"learned", "r", "What you learned"},
		{"sequence", "s", "Sequence: "},
	} {
		r.Press(c.key)
		r.Until(c.head, func(text string) bool { return strings.HasPrefix(text, " "+c.head) })
		r.compare(c.name, func() string {
			all := ""
			for _, size := range sizes {
				r.resize(size[0], size[1])
				all += numberless(r.reader(size[0], size[1], c.head))
			}
			return all
		})
		r.resize(80, 24)
		r.Press("esc")
		r.Asks("It works")
	}
	for _, c := range []struct{ key, shows string }{{"w", "Wire: "}, {"l", "Log"}, {"e", "Use it from an agent"}} { // their lines differ from run to run
		r.Press(c.key)
		r.When(c.shows)
		for _, size := range sizes {
			r.resize(size[0], size[1])
			r.reader(size[0], size[1], c.shows)
		}
		r.resize(80, 24)
		r.Press("esc")
		r.Asks("It works")
	}
}

// reader is a text that covers the page, and insists on its title and keys.
func (r *rig) reader(width, height int, head string) string {
	r.t.Helper()
	text := r.Still()
	lines := strings.Split(text, "\n")
	if len(lines) != height || !strings.HasPrefix(lines[0], " "+head) || !strings.Contains(lines[height-1], "esc back") {
		r.t.Errorf("%s at %dx%d:\n%s", head, width, height, text)
	}
	return strings.TrimRight(steady(text), "\n") + "\n"
}

func TestAWindowThatIsTooSmallSaysSo(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.When("What you will build")
	for _, size := range [][2]int{{49, 20}, {80, 13}, {30, 5}} {
		r.resize(size[0], size[1])
		if text := r.When("This window"); strings.Contains(text, "What you will build") {
			t.Errorf("%v: the page is drawn all the same:\n%s", size, text)
		}
	}
	r.resize(50, 14)
	r.fits("the smallest", r.When("What you will build", "enter"))
}

// What fails says why and what to do, in one place each, and the key for it.
func TestAFailureAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateGateway"}})
	r.box.Intercept(denyGateway)
	r.toApp()
	r.Press("left")
	r.When("Create the gateway")
	r.box.Release()
	text := r.When("✗ Failed while creating the gateway", "AccessDenied", "/state/logs/test.log", "try again, when you have done that")
	if strings.Contains(text, "go to step") {
		t.Errorf("another step is offered:\n%s", text)
	}
	for _, size := range sizes { // a policy may scroll
		r.resize(size[0], size[1])
		r.When("✗ Failed while creating the gateway", "enter", "Fix it")
	}
	r.resize(80, 60)
	r.When("is not authorized to perform", "3f1c2f0a-0000-4000-8000-000000000000", "Ask an administrator to allow", `"Action": "bedrock-agentcore:CreateGateway"`)
	r.resize(80, 24)
	r.box.Intercept(nil)
	r.Press("enter")
	r.When("4 of 10 done")
}

// Another app makes what depends on it out of date: the page says so, and why.
func TestAStalePageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("i")
	r.toProfile()
	r.Press("left", "left", "left", "left", "left")
	r.When("Create your LinkedIn app")
	r.Press("a")
	r.Asks("Do this step again?", "steps 7, 9, 10 have to be done again")
	r.Press("y")
	r.Asks("let the simulated person")
	r.Press("i") // another app
	r.turn(7)
	r.Press("right", "right", "right", "right")
	r.When("Give your consent", "Out of date: ", "do it again")
	r.everywhere("stale")
	r.Press("left", "left")
	r.Asks("Register the callback URL", "let the simulated person")
	r.Press("i")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.Asks("Give your consent", "do it again")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.When("9 of 10 done")
	r.Press("right")
	r.Asks("call the tool")
	r.Press("enter")
	r.Asks("It works", "ana@example.com")
}

func TestTheCleanupAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Follow: true}, settings: yes})
	if s := r.ends(); !s.m.Complete() {
		t.Fatalf("the walk is not complete: %+v", s.m.Failure())
	}
	r.walk.Settings.Yes = false
	c := r.on(cleanup())
	c.Asks("Delete these 8 resources", "user pool", "gateway")
	c.everywhere("cleanup")
	c.Press("enter") // is no yes
	c.When("Press y for that")
	c.Press("v")
	c.When("Names and details", "gateway-authcode-test")
	c.Press("esc")
	c.Asks("Delete these 8 resources")
	c.Press("y")
	c.When("Nothing that this run created is left", "Deleted 8 of 8 resources")
	c.everywhere("cleanup-done")
	c.Press("enter")
	if s := c.ends(); !s.m.Complete() {
		t.Errorf("not complete: %+v", s.m.Steps())
	}
}
