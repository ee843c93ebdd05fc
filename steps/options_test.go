package steps_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// squat takes a port on one family, as another program would, until the test
// ends.
func squat(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

// visitRoundTrip opens the round-trip link whenever it is shown.
func visitRoundTrip(s *testkit.Run) {
	before := s.Watch
	s.Watch = func(e engine.Event) {
		if testkit.Link(e).Purpose == event.RoundTrip {
			go func() {
				if resp, err := http.Get(testkit.Link(e).URL); err == nil {
					resp.Body.Close()
				}
			}()
		}
		if before != nil {
			before(e)
		}
	}
	answer := s.Person
	s.Person = func(q engine.Question) (engine.Answer, bool) {
		if q.Name == "round_trip" {
			return "", false // the browser answers
		}
		return answer(q)
	}
}

// forgetRun saves a record that remembers nothing, as before a first start.
func forgetRun(s *testkit.Run) {
	s.T.Helper()
	if err := s.Store().Save(testkit.NewRecord(s.Name, true)); err != nil {
		s.T.Fatal(err)
	}
}

func TestParallelWalksKeepTheirPortFromRoundTripToConsent(t *testing.T) {
	const walks = 30
	var all sync.WaitGroup
	var mu sync.Mutex
	ports := map[string]int{}
	var tried sync.WaitGroup // each walk has its port and holds it
	tried.Add(walks)
	for i := range walks {
		s := newRun(t)
		forgetRun(s)
		attend(s, func(_ int, link string) (engine.Answer, bool) {
			tried.Done()
			tried.Wait()
			return browse(s, link)
		})
		visitRoundTrip(s)
		all.Go(func() {
			o := s.Walk()
			if f := o.Failure(); f != nil || !o.Machine.Complete() {
				t.Errorf("walk %d: %+v", i, f)
				return
			}
			links := o.Links(event.RoundTrip)
			rec, err := s.Store().Load(s.Name)
			if err != nil || len(links) != 1 {
				t.Errorf("walk %d: %v, round trips %v", i, err, links)
				return
			}
			if back := rec.Settings.ReturnURL; !strings.HasPrefix(links[0], back+"?") || rec.Settings.Reached != back {
				t.Errorf("walk %d: the browser reached %s, and comes back to %s", i, links[0], back)
			}
			for _, r := range s.Requests() {
				if r.Op == "gateway:tools/call" && !strings.Contains(r.Body, rec.Settings.ReturnURL) {
					t.Errorf("walk %d: a call sends another return URL: %s", i, r.Body)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			ports[fmt.Sprint(rec.Settings.Port)]++
		})
	}
	all.Wait()
	if len(ports) != walks {
		t.Errorf("%d walks had %d ports: %v", walks, len(ports), ports)
	}
}

func TestAResumeWithoutFlagsBehavesTheSame(t *testing.T) {
	t.Parallel()
	port := freeport.Take(t)
	for name, c := range map[string]struct {
		flags func(*steps.Settings)
		port  int
		url   string
	}{
		"a loopback return URL":  {func(o *steps.Settings) { o.ReturnURL = fmt.Sprintf("http://127.0.0.1:%d/own", port) }, port, fmt.Sprintf("http://127.0.0.1:%d/own", port)},
		"a forwarded one":        {func(o *steps.Settings) { o.ReturnURL, o.Port = "https://hub.example/proxy/1/own", port+1 }, port + 1, "https://hub.example/proxy/1/own"},
		"a port":                 {func(o *steps.Settings) { o.Port = port + 2 }, port + 2, fmt.Sprintf("http://localhost:%d/oauth2/callback", port+2)},
		"a TLS proxy on machine": {func(o *steps.Settings) { o.ReturnURL, o.Port = "https://localhost:9443/own", port+3 }, port + 3, "https://localhost:9443/own"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newRun(t)
			// The simulated person's browser cannot follow a URL of somebody's proxy.
			attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
			s.Settings = c.flags
			s.MustComplete(s.Walk())
			s.Settings, s.Watch = nil, nil
			s.ForgetRequests()
			h := attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
			h.answer("expired", engine.No)
			s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
			if got := s.Record().Settings; got.Port != c.port || got.ReturnURL != c.url {
				t.Errorf("the run has %+v", got)
			}
			if changes := s.Changes(); len(changes) > 0 {
				t.Errorf("the second start changed %v", changes)
			}
			for _, r := range s.Requests() {
				if r.Op == "gateway:tools/call" && !strings.Contains(r.Body, c.url) {
					t.Errorf("a call sends another return URL: %s", r.Body)
				}
			}
		})
	}
}

func TestOptionsThatContradictEachOtherAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run       run.Settings
		returnURL string
		port      int
		says      string
	}{
		"port against return URL":                {port: 9191, returnURL: "http://localhost:9090/cb", says: "--return-url http://localhost:9191/cb"},
		"IPv6 literal":                           {port: 9191, returnURL: "http://[::1]:9090/cb", says: "--return-url http://[::1]:9191/cb"},
		"default port":                           {port: 9191, returnURL: "http://localhost/cb", says: "leads to port 80"},
		"port against the run's return URL":      {run: run.Settings{ReturnURL: "http://localhost:9090/cb", ReturnURLGiven: true}, port: 9191, says: "--return-url http://localhost:9191/cb"},
		"https on loopback":                      {returnURL: "https://localhost:9090/cb", says: "does not speak TLS"},
		"https on loopback, the listener's port": {returnURL: "https://127.0.0.1:9090/cb", port: 9090, says: "does not speak TLS"},
		"https on loopback, default port":        {returnURL: "https://localhost/cb", port: 443, says: "does not speak TLS"},
		"no return URL":                          {returnURL: "http://localhost:9090", says: "add a path"},
	} {
		r := testkit.NewRecord("test", true)
		r.Settings = c.run
		err := testkit.NewWalk(run.Store{Dir: t.TempDir()}, r, func(s *steps.Settings) { s.ReturnURL, s.Port = c.returnURL, c.port }).Keep()
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.says)
		}
	}
}

// Where somebody counts on the port, no link may lead to the stranger who has it.
func TestAPortThatSomebodyCountsOnIsNotReplaced(t *testing.T) {
	t.Parallel()
	free := func(t *testing.T) int { return freeport.Take(t) }
	for name, c := range map[string]struct {
		prepare func(*testkit.Run, int) // and what the flags of the walk are
		advice  string
	}{
		"a loopback return URL": {func(s *testkit.Run, port int) {
			s.Configure(func(o *steps.Settings) { o.ReturnURL = fmt.Sprintf("http://localhost:%d/own", port) })
		}, "--return-url http://localhost:"},
		"an IPv6 return URL": {func(s *testkit.Run, port int) {
			s.Configure(func(o *steps.Settings) { o.ReturnURL = fmt.Sprintf("http://[::1]:%d/own", port) })
		}, "--return-url 'http://[::1]:"},
		"a forwarded return URL": {func(s *testkit.Run, port int) {
			s.Configure(func(o *steps.Settings) { o.ReturnURL, o.Port = "https://hub.example/proxy/own", port })
		}, "let hub.example forward to it"},
		"a port": {func(s *testkit.Run, port int) { s.Configure(func(o *steps.Settings) { o.Port = port }) }, "--port"},
		"a round trip": {func(s *testkit.Run, port int) {
			r := testkit.NewRecord(s.Name, true)
			r.Settings.Port, r.Settings.ReturnURL = port, fmt.Sprintf("http://localhost:%d/oauth2/callback", port)
			r.Settings.Reached = r.Settings.ReturnURL
			if err := s.Store().Save(r); err != nil {
				s.T.Fatal(err)
			}
		}, "--port"},
		"an allow list": {func(s *testkit.Run, port int) {
			r := testkit.NewRecord(s.Name, true)
			r.Settings.Port, r.Settings.RegisterReturnURL = port, true
			if err := s.Store().Save(r); err != nil {
				s.T.Fatal(err)
			}
		}, "--register-return-url"},
	} {
		for _, family := range []string{"127.0.0.1", "[::1]"} {
			t.Run(name+" "+family, func(t *testing.T) {
				t.Parallel()
				s, port := newRun(t), free(t)
				c.prepare(s, port)
				squat(t, fmt.Sprintf("%s:%d", family, port))
				o := s.Walk()
				f := s.MustFail(o, steps.ExitFailed, fmt.Sprintf("port %d is taken by", port), c.advice)
				if len(o.Links(event.Consent)) > 0 || len(s.Changes()) > 0 {
					t.Errorf("it went on: %v", s.Changes())
				}
				// Following the advice leads on.
				words := strings.Fields(strings.ReplaceAll(f.Next, "'", "")[strings.LastIndex(f.Next, "agentcore-3lo walk"):])
				s.Settings = func(o *steps.Settings) {
					if i := slices.Index(words, "--port"); i > 0 {
						fmt.Sscan(words[i+1], &o.Port)
					}
					if i := slices.Index(words, "--return-url"); i > 0 {
						o.ReturnURL = words[i+1]
					}
					o.RegisterReturnURL = slices.Contains(words, "--register-return-url")
				}
				if name != "a forwarded return URL" { // whose browser is not here
					s.MustComplete(s.Walk())
				}
			})
		}
	}
}

// Nothing says after the round trip that the browser cannot reach this machine.
func TestAfterTheRoundTripNothingSaysThatTheBrowserIsElsewhere(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Configure(on(map[string]string{"SSH_CONNECTION": connection}))
	s.Configure(func(o *steps.Settings) { o.HelpAfter = helpSoon })
	h := attend(s, func(n int, link string) (engine.Answer, bool) {
		switch n {
		case 1:
			return "", false // long enough for help by itself
		case 2, 3:
			return "browser-error", true
		}
		return browse(s, link)
	})
	h.answer("browser_shows", "4")
	visitRoundTrip(s)
	var asked []engine.Question
	before := s.Watch
	s.Watch = func(e engine.Event) {
		if b, ok := e.Body.(engine.Asked); ok {
			asked = append(asked, b.Question)
		}
		before(e)
	}
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "Your browser reaches this listener", stillWaiting)
	tried := slices.IndexFunc(asked, func(q engine.Question) bool { return q.Name == "round_trip" })
	if help := strings.Join(asked[tried].Help, "\n"); !strings.Contains(help, "ssh -N -L") {
		t.Errorf("before the round trip nothing says how the browser reaches this machine: %s", help)
	}
	forbidden := []string{"elsewhere", "another machine", "ssh ", "forward", "can't be reached", "refused to connect", "fail to load"}
	check := func(what, said string) {
		for _, word := range forbidden {
			if strings.Contains(said, word) {
				t.Errorf("%s says %q: %s", what, word, said)
			}
		}
	}
	for _, e := range o.Events { // what was told before stands on the pages afterwards
		check("a line", testkit.Line(e))
		check("the link", testkit.Link(e).Far)
	}
	for _, q := range asked {
		if q.Name == "browser_shows" || q.Name == "consent" {
			check("a question", fmt.Sprint(q.Prompt, q.Help, q.Choices))
		}
	}
	// After a restart it is still known.
	s.Configure(func(o *steps.Settings) { o.HelpAfter = 0 })
	o = s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
	if note, at := distance(o); at >= 0 {
		t.Errorf("after a restart it says: %s", note)
	}
}

// An option given to a run that has begun says what becomes of the old one.
func TestAnOptionGivenLaterSaysWhatItChanges(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	before, port := s.Record().Settings, freeport.Take(t)
	s.Settings = func(o *steps.Settings) { o.Port = port }
	s.ForgetRequests()
	o := s.MustComplete(s.Walk())
	s.MustSay(o, fmt.Sprintf("moves from port %d to port %d", before.Port, port))
	if changes := s.Changes(); !slices.Equal(changes, []string{"UpdateGatewayTarget"}) {
		t.Errorf("changed %v", changes)
	}
	s.Settings = func(o *steps.Settings) { o.ReturnURL = fmt.Sprintf("http://127.0.0.1:%d/own", port) }
	s.MustSay(s.MustComplete(s.Walk()), "The return URL was", fmt.Sprintf("is http://127.0.0.1:%d/own from now on", port))
}

// A return URL of an earlier version that is refused now: the advice leads on.
func TestAReturnURLOfAnEarlierVersionThatCannotWorkIsReplaced(t *testing.T) {
	t.Parallel()
	s, port := newRun(t), freeport.Take(t)
	r := testkit.NewRecord(s.Name, true)
	r.Settings.Port, r.Settings.ReturnURL = port, fmt.Sprintf("http://127.0.0.1:%d/own/", port)
	if err := s.Store().Save(r); err != nil {
		t.Fatal(err)
	}
	f := s.MustFail(s.Walk(), steps.ExitFailed, "slash at the end", "--return-url")
	i := strings.Index(f.Next, "http://")
	url, _, _ := strings.Cut(f.Next[i:], " ")
	s.Settings = func(o *steps.Settings) { o.ReturnURL = url }
	s.MustComplete(s.Walk())
}

// A record of an earlier version does not say whether the return URL was given.
func TestAReturnURLOfAnEarlierVersionIsKept(t *testing.T) {
	t.Parallel()
	s, port := newRun(t), freeport.Take(t)
	r := testkit.NewRecord(s.Name, true)
	r.Settings.Port, r.Settings.ReturnURL = port, fmt.Sprintf("http://127.0.0.1:%d/own", port)
	if err := s.Store().Save(r); err != nil {
		t.Fatal(err)
	}
	s.MustComplete(s.Walk())
	if got := s.Record().Settings.ReturnURL; got != r.Settings.ReturnURL {
		t.Errorf("the return URL is %s", got)
	}
}

func TestEveryOptionOfARunIsRemembered(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	const role = "arn:aws:iam::111122223333:role/Own"
	url := fmt.Sprintf("http://localhost:%d/own", freeport.Take(t))
	s.Settings = func(o *steps.Settings) {
		o.ReturnURL, o.RoleARN, o.Pace, o.RegisterReturnURL = url, role, "manual", true
	}
	walk := s.NewWalk(nil)
	walk.Run.SetMasked(true)
	for _, err := range []error{walk.Run.Keep(), walk.Run.KeepMask()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	command := walk.Commands.Line("walk") // before the plan is agreed to it repeats them
	for _, want := range []string{"--return-url " + url, "--role-arn " + role, "--pace manual", "--register-return-url"} {
		if !strings.Contains(command, want) {
			t.Errorf("%s does not repeat %s", command, want)
		}
	}
	s.Settings = nil
	again := s.NewWalk(nil)
	if got := again.Run.Record().Settings; got.ReturnURL != url || got.RoleARN != role || got.Pace != "manual" || !got.RegisterReturnURL || !again.Run.Masked() {
		t.Errorf("the next start has %+v", got)
	}
	// An option that is given again takes the place of the run's.
	s.Settings = func(o *steps.Settings) { o.Pace = "auto" }
	if got := s.NewWalk(nil).Run.Record().Settings; got.Pace != "auto" || got.RoleARN != role {
		t.Errorf("with --pace auto it has %+v", got)
	}
}
