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
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

const stillWaiting = "Still waiting"

// helpSoon is how long a wait is in these tests until help comes by itself.
const helpSoon = 100 * time.Millisecond

// with changes the settings of every kit, after the changes so far.
func (s *stage) with(change func(*steps.Settings)) {
	before := s.settings
	s.settings = func(o *steps.Settings) {
		if before != nil {
			before(o)
		}
		change(o)
	}
}

// on lets the run be on a machine with this environment.
func on(env map[string]string) func(*steps.Settings) {
	return func(o *steps.Settings) { o.Env = func(name string) string { return env[name] } }
}

// connection is SSH_CONNECTION on a machine that was logged in to.
const connection = "192.0.2.1 50000 192.0.2.2 22"

func TestALongWaitForTheBrowserOffersHelpOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.with(func(o *steps.Settings) { o.HelpAfter = helpSoon })
	attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			return "", false // for as long as the question stands
		}
		time.Sleep(5 * helpSoon)
		return browse(s, link)
	})
	o := s.mustEnd(s.walk())
	if n := strings.Count(o.said(), stillWaiting); n != 1 {
		t.Errorf("it said %d times that it still waits:\n%s", n, o.said())
	}
	if n := len(o.asked) - len(slices.DeleteFunc(slices.Clone(o.asked), func(q string) bool { return q == "consent" })); n != 2 {
		t.Errorf("the question was put %d times: %v", n, o.asked)
	}
	s.mustForce(1, 2) // and the link is the same
}

func TestAWaitThatIsNotLongOffersNoHelp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		time.Sleep(3 * helpSoon)
		return browse(s, link)
	})
	if o := s.mustEnd(s.walk()); strings.Contains(o.said(), stillWaiting) {
		t.Errorf("it said:\n%s", o.said())
	}
}

// distance is what is said of the browser's being on another machine, at the
// consent or else before: the note and its place among the events, or -1.
func (o outcome) distance() (note string, at int) {
	said := func(e engine.Event) bool {
		return strings.Contains(textOf(e), "ssh ") || strings.Contains(textOf(e), "runs elsewhere")
	}
	at = slices.IndexFunc(o.events, func(e engine.Event) bool { return e.Step == steps.Consent && said(e) })
	if at < 0 {
		at = slices.IndexFunc(o.events, said)
	}
	if at < 0 {
		return "", at
	}
	return textOf(o.events[at]), at
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
func (s *stage) mustForward(o outcome, why, target string, ports ...string) {
	s.t.Helper()
	note, at := o.distance()
	link := slices.IndexFunc(o.events, func(e engine.Event) bool {
		return purposeOf(e) == steps.PurposeConsent
	})
	if at < 0 || at > link {
		s.t.Errorf("nothing of the distance is said before the link: event %d, the link is %d", at, link)
	}
	for _, want := range []string{why, "its last page will fail to load", "Copy its address", "paste it here"} {
		if !strings.Contains(note, want) {
			s.t.Errorf("it does not say %q:\n%s", want, note)
		}
	}
	command := "ssh -N"
	for _, p := range ports {
		command += fmt.Sprintf(" -L %s:127.0.0.1:%s", p, p)
	}
	command += " " + target
	if lines := strings.Split(note, "\n"); !slices.Contains(lines, command) {
		s.t.Errorf("no line is %q:\n%s", command, note)
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
			s := newStage(t)
			s.with(on(c.env))
			attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
			o := s.mustEnd(s.walk())
			s.mustForward(o, c.why, c.target, fmt.Sprint(s.record().Settings.Port), port(t, s.box.PortalURL()))
			if p := port(t, s.record().Settings.ReturnURL); p != fmt.Sprint(s.record().Settings.Port) {
				t.Errorf("the return URL has another port, %s", p)
			}
			if links := o.urls(steps.PurposeConsent); port(t, links[0]) != port(t, s.box.PortalURL()) {
				t.Errorf("the link needs a port that is not forwarded: %s", links[0])
			}
		})
	}
}

// On AWS only the listener is on this machine.
func TestARemoteSessionOnAWSForwardsTheListenerAlone(t *testing.T) {
	s := newStage(t)
	for name, value := range s.box.Env() {
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(s.home, "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(s.home, "none"))
	r := steps.NewRecord(s.run, false)
	r.Settings.Port = freeport.Take(t)
	if err := s.store.Save(r); err != nil {
		t.Fatal(err)
	}
	s.with(on(map[string]string{"SSH_CONNECTION": connection}))
	s.with(func(o *steps.Settings) { o.World, o.Simulated = awsenv.Options{Region: sandbox.Region}, nil })
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	o := s.mustEnd(s.walk())
	s.mustForward(o, "This is a remote session", "192.0.2.2", fmt.Sprint(s.record().Settings.Port))
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
			s := newStage(t)
			s.with(on(env))
			attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
			if note, at := s.mustEnd(s.walk()).distance(); at >= 0 {
				t.Errorf("it says: %s", note)
			}
		})
	}
}

// With nobody there nobody can choose b or paste an address.
func TestNobodyIsOfferedHelpWhereNobodyIsThere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.giveReadyApp()
	s.with(on(map[string]string{"SSH_CONNECTION": connection}))
	s.with(func(o *steps.Settings) { o.LinkLife, o.HelpAfter, o.Simulated = 6*helpSoon, helpSoon, nil })
	o := s.walk()
	s.mustFail(o, steps.ExitNeedsPerson, "expired")
	if len(o.asked) > 0 || strings.Contains(o.said(), stillWaiting) {
		t.Errorf("asked %v, said:\n%s", o.asked, o.said())
	}
	if note, _ := o.distance(); !strings.Contains(note, "ssh -N -L") || strings.Contains(note, "paste it here") {
		t.Errorf("it says: %s", note)
	}
}
