package steps_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

const stillWaiting = "Still waiting"

// helpSoon is how long a wait is in these tests until help comes by itself.
const helpSoon = 100 * time.Millisecond

// on lets the run be on a machine with this environment.
func on(env map[string]string) func(*steps.Settings) {
	return func(o *steps.Settings) { o.Env = func(name string) string { return env[name] } }
}

// connection is SSH_CONNECTION on a machine that was logged in to.
const connection = "192.0.2.1 50000 192.0.2.2 22"

func TestALongWaitForTheBrowserOffersHelpOnce(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Configure(func(o *steps.Settings) { o.HelpAfter = helpSoon })
	attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			return "", false // for as long as the question stands
		}
		time.Sleep(5 * helpSoon)
		return browse(s, link)
	})
	o := s.MustComplete(s.Walk())
	if n := strings.Count(o.Said(), stillWaiting); n != 1 {
		t.Errorf("it said %d times that it still waits:\n%s", n, o.Said())
	}
	if n := len(o.Asked) - len(slices.DeleteFunc(slices.Clone(o.Asked), func(q string) bool { return q == "consent" })); n != 2 {
		t.Errorf("the question was put %d times: %v", n, o.Asked)
	}
	mustForce(s, 1, 2) // and the link is the same
}

func TestAWaitThatIsNotLongOffersNoHelp(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		time.Sleep(3 * helpSoon)
		return browse(s, link)
	})
	if o := s.MustComplete(s.Walk()); strings.Contains(o.Said(), stillWaiting) {
		t.Errorf("it said:\n%s", o.Said())
	}
}

// distance is what is said of the browser's being on another machine, at the
// consent or else before: the note and its place among the events, or -1.
func distance(o testkit.Outcome) (note string, at int) {
	said := func(e engine.Event) bool {
		return strings.Contains(testkit.Line(e), "ssh ") || strings.Contains(testkit.Line(e), "runs elsewhere")
	}
	at = slices.IndexFunc(o.Events, func(e engine.Event) bool { return e.Step == steps.Consent && said(e) })
	if at < 0 {
		at = slices.IndexFunc(o.Events, said)
	}
	if at < 0 {
		return "", at
	}
	return testkit.Line(o.Events[at]), at
}

// port is a URL's, which must have one.
func port(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil || u.Port() == "" {
		t.Fatalf("%q has no port (%v)", raw, err)
	}
	return u.Port()
}

// mustForward insists on the way from the machine with the browser to every
// port here that the browser needs, before the link is shown.
func mustForward(s *testkit.Run, o testkit.Outcome, why, target string, ports ...string) {
	s.T.Helper()
	note, at := distance(o)
	link := slices.IndexFunc(o.Events, func(e engine.Event) bool {
		return testkit.Link(e).Purpose == event.Consent
	})
	if at < 0 || at > link {
		s.T.Errorf("nothing of the distance is said before the link: event %d, the link is %d", at, link)
	}
	ways := []string{why, "its last page will fail to load", "Copy its address", "paste it here"}
	if len(ports) > 1 { // the link itself is on this machine, so that there is no last page without them
		ways = []string{why, "only through forwarded ports"}
	}
	for _, want := range ways {
		if !strings.Contains(note, want) {
			s.T.Errorf("it does not say %q:\n%s", want, note)
		}
	}
	command := "ssh -N"
	for _, p := range ports {
		command += fmt.Sprintf(" -L %s:127.0.0.1:%s", p, p)
	}
	command += " " + target
	if lines := strings.Split(note, "\n"); !slices.Contains(lines, command) {
		s.T.Errorf("no line is %q:\n%s", command, note)
	}
}

func TestADistantBrowserIsToldHowItReachesThisMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env         map[string]string
		why, target string
	}{
		"logged in":            {map[string]string{"SSH_CONNECTION": connection, "USER": "ana"}, "This is a remote session", "ana@192.0.2.2"},
		"on another port":      {map[string]string{"SSH_CONNECTION": "2001:db8::1 50000 2001:db8::2 2222"}, "This is a remote session", "-p 2222 2001:db8::2"},
		"logged in, as a user": {map[string]string{"SSH_TTY": "/dev/pts/1", "DISPLAY": "localhost:10.0"}, "This is a remote session", "<this machine>"},
		"without a display":    {nil, "This machine has no display", "<this machine>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.env == nil && runtime.GOOS != "linux" {
				t.Skip("a desktop without a display is Linux's alone")
			}
			s := newRun(t)
			s.Configure(on(c.env))
			attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
			o := s.MustComplete(s.Walk())
			mustForward(s, o, c.why, c.target, fmt.Sprint(s.Record().Settings.Port), port(t, s.Sandbox.PortalURL()))
			if p := port(t, s.Record().Settings.ReturnURL); p != fmt.Sprint(s.Record().Settings.Port) {
				t.Errorf("the return URL has another port, %s", p)
			}
			if links := o.Links(event.Consent); port(t, links[0]) != port(t, s.Sandbox.PortalURL()) {
				t.Errorf("the link needs a port that is not forwarded: %s", links[0])
			}
		})
	}
}

// On AWS only the listener is on this machine.
func TestARemoteSessionOnAWSForwardsTheListenerAlone(t *testing.T) {
	s := newRun(t)
	for name, value := range s.Sandbox.Env() {
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(s.Home, "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(s.Home, "none"))
	r := testkit.NewRecord(s.Name, false)
	r.Settings.Port = freeport.Take(t)
	if err := s.Store().Save(r); err != nil {
		t.Fatal(err)
	}
	s.Configure(on(map[string]string{"SSH_CONNECTION": connection}))
	s.Configure(func(o *steps.Settings) { o.World, o.Simulated = awsenv.Options{Region: sandbox.Region}, nil })
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	o := s.MustComplete(s.Walk())
	mustForward(s, o, "This is a remote session", "192.0.2.2", fmt.Sprint(s.Record().Settings.Port))
}

func TestNothingIsSaidOfAnotherMachineWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"at the machine itself":               {"DISPLAY": ":0"},
		"under Wayland":                       {"WAYLAND_DISPLAY": "wayland-0"},
		"in Windows' Linux":                   {"WSL_DISTRO_NAME": "Debian"},
		"with a browser of one's own":         {"BROWSER": "mine"},
		"in a terminal that the web shows":    {"SSH_CONNECTION": connection, "VSCODE_PROXY_URI": "https://code.example.com/proxy/{{port}}"},
		"in a codespace that is logged in to": {"SSH_CONNECTION": connection, "CODESPACE_NAME": "octo", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Configure(on(env))
			attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
			if note, at := distance(s.MustComplete(s.Walk())); at >= 0 {
				t.Errorf("it says: %s", note)
			}
		})
	}
}

// With nobody there nobody can choose b or paste an address.
func TestNobodyIsOfferedHelpWhereNobodyIsThere(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	giveReadyApp(s)
	s.Configure(on(map[string]string{"SSH_CONNECTION": connection}))
	s.Configure(func(o *steps.Settings) { o.LinkLife, o.HelpAfter, o.Simulated = 6*helpSoon, helpSoon, nil })
	o := s.Walk()
	s.MustFail(o, steps.ExitNeedsPerson, "expired")
	if len(o.Asked) > 0 || strings.Contains(o.Said(), stillWaiting) {
		t.Errorf("asked %v, said:\n%s", o.Asked, o.Said())
	}
	if note, _ := distance(o); !strings.Contains(note, "ssh -N -L") || strings.Contains(note, "paste it here") {
		t.Errorf("it says: %s", note)
	}
}
