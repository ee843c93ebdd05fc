package steps

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
)

// Walk puts the parts together with which one command works on one run. The
// steps do not know it: each is given what it needs.
type Walk struct {
	Settings *Settings
	Run      *run.Run
	Commands commandline.Writer
	Redactor *text.Redactor
	Tokens   *token.Source

	store    run.Store
	history  *run.Journal
	log      *slog.Logger
	memory   *provision.Memory
	account  *account.Account
	address  *returnurl.Address
	early    *earlyCalls
	explains explainer
	attempts attempts

	mu     sync.Mutex
	left   []provision.Left
	chosen atomic.Value // a Choice
}

// scopes opens the run's environment for somebody, and returns what work on its
// resources is given.
type scopes func(context.Context, engine.Person) (provision.Scope, error)

// New prepares work on a run. Its record may be new; it is written when the
// person has agreed to the plan. The log may be nil.
func New(settings Settings, store run.Store, r *run.Record, log *slog.Logger) *Walk {
	s := &settings
	if log == nil {
		log = discard
	}
	if s.Backoff == (wait.Backoff{}) {
		s.Backoff = wait.Default
	}
	s.LinkLife = cmp.Or(s.LinkLife, consent.LinkLife)
	s.HelpAfter = cmp.Or(s.HelpAfter, helpAfter)
	s.TellAfter = cmp.Or(s.TellAfter, tellAfter)
	w := &Walk{Settings: s, Run: run.New(store, r, !s.LookOnly), Redactor: &text.Redactor{}, Tokens: &token.Source{Clock: s.Now}, early: &earlyCalls{}, memory: &provision.Memory{}, store: store}
	w.history = store.Journal(w.Run.Name())
	w.Commands = commandline.Writer{Program: s.Program, Run: w.Run, World: &s.World, Undecided: s.Undecided}
	w.log = slog.New(w.Redactor.Handler(log.Handler()))
	w.account = account.New(account.Parts{Run: w.Run, Commands: w.Commands, Redactor: w.Redactor, Log: w.log, SignIn: &s.SignIn,
		Computer: sync.OnceValues(store.Computer), Explain: w.Explain})
	w.address = &returnurl.Address{Run: w.Run, Commands: w.Commands, Log: w.log, Env: s.Env, Classify: vendor.Refusal}
	w.explains = explainer{account: w.account, commands: w.Commands, redactor: w.Redactor, settings: s}
	w.attempts = attempts{account: w.account, redactor: w.Redactor, log: w.log, tellAfter: s.TellAfter, forget: w.memory.Forget, steps: map[engine.ID]Step{}}
	for _, step := range Tutorial() {
		w.attempts.steps[step.ID] = step
	}
	w.attempts.secret = &credentials{run: w.Run, commands: w.Commands, hide: w.Redactor.Add, settings: s, portal: w.portal, again: w.explains.again(App)}
	w.attempts.work = w.work()
	return w
}

// work binds each step to what it needs.
func (w *Walk) work() map[engine.ID]work {
	s, secret, show := w.Settings, w.attempts.secret, returnurl.Browser{Attended: w.Settings.mayChoose()}
	if !s.NoBrowser {
		show.Opener = s.OpenURL
	}
	registers := registration{commands: w.Commands, asked: s.RegisterReturnURL, nobody: !s.mayChoose()}
	calls := caller{tokens: w.Tokens, registration: registers, situation: func() advice.Situation { return w.explains.situation(Consent) }}
	consents := consenting{caller: calls, address: w.address, browser: show, settings: s, commands: w.Commands, log: w.log, observed: w.observed,
		wire: func(x mcp.Exchange) string { return text.Clean(w.Redactor.Redact(exchangeText(x))) }}
	invokes := invoking{caller: calls, consenting: consents, settings: s, chosen: w.Choose, connection: w.connect, consented: func() error { return w.attempts.markDone(Consent) },
		wire: func(r event.Result) string { return text.Clean(r.Request + "\n\n" + w.Redactor.Redact(r.Response)) }}
	role := &roleAhead{}
	checks := prerequisites{account: w.account, address: w.address, browser: show, scope: w.Scope, early: w.early, moment: s.moment}
	cleans := cleaning{scope: w.Scope, run: w.Run, tokens: w.Tokens, commands: w.Commands, portal: w.portal, left: w.setLeft}
	in := func(do func(context.Context, engine.Person, provision.Scope, bool) error) work {
		return func(ctx context.Context, p engine.Person, again bool) error {
			scope, err := w.Scope(ctx, p)
			if err != nil {
				return err
			}
			return do(ctx, p, scope, again)
		}
	}
	return map[engine.ID]work{
		Overview:      func(ctx context.Context, _ engine.Person, _ bool) error { return s.moment(ctx, Overview) },
		Prerequisites: func(ctx context.Context, p engine.Person, _ bool) error { return checks.run(ctx, p) },
		Inbound: in(func(ctx context.Context, p engine.Person, x provision.Scope, again bool) error {
			if again && s.Recreate {
				if err := recreateInbound(ctx, p, x, w.Tokens); err != nil {
					return err
				}
			}
			ahead := func() {}
			if s.will(Gateway) {
				ahead = role.begin(ctx, x)
				defer ahead() // nothing goes on after the step
			}
			return inbound(ctx, p, x, w.Tokens, ahead)
		}),
		Gateway: in(func(ctx context.Context, _ engine.Person, x provision.Scope, _ bool) error {
			return gateway(ctx, x, role)
		}),
		App: func(ctx context.Context, p engine.Person, again bool) error { return app(ctx, p, secret, again) },
		Provider: in(func(ctx context.Context, p engine.Person, x provision.Scope, again bool) error {
			return provider(ctx, p, x, secret, again && s.Recreate)
		}),
		Register: in(func(ctx context.Context, p engine.Person, x provision.Scope, again bool) error {
			return register(ctx, p, x, secret, again)
		}),
		Target: in(func(ctx context.Context, p engine.Person, x provision.Scope, _ bool) error {
			return target(ctx, p, x, registers)
		}),
		Consent: in(consents.run),
		Invoke:  in(invokes.run),
		Cleanup: func(ctx context.Context, p engine.Person, _ bool) error { return cleans.do(ctx, p) },
	}
}

// Scope opens the run's environment and checks that it is the run's own. What
// happens on the way, and later in the scope, is told to the person, who may be
// nil.
func (w *Walk) Scope(ctx context.Context, p engine.Person) (provision.Scope, error) {
	env, err := w.account.Open(ctx, p)
	if err != nil {
		return provision.Scope{}, err
	}
	owner, err := w.account.Owner(env)
	if err != nil {
		return provision.Scope{}, err
	}
	tell := func(any) {}
	if p != nil {
		tell = p.Tell
	}
	return provision.Scope{AWS: env, Run: w.Run, Owner: owner, Vendor: vendor, Memory: w.memory, Backoff: w.Settings.Backoff, Tell: tell, Hide: w.Redactor.Add}, nil
}

// observed adds the observer of a person's attempt to a context that did not
// begin in the attempt.
func (w *Walk) observed(p engine.Person) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		if r, ok := p.(redacting); ok {
			return awsenv.WithObserver(ctx, r.attempts.observer(r.attempt))
		}
		return ctx
	}
}

func (w *Walk) connect(ctx context.Context, s provision.Scope) (Connection, error) {
	return Connect(ctx, s, w.Surroundings())
}

// Surroundings are what a connection depends on beside the gateway.
func (w *Walk) Surroundings() Surroundings {
	here, _ := clients.ThisMachine(w.Settings.Env) // without a home folder no client is found
	return Surroundings{Commands: w.Commands, OwnSandbox: w.Settings.OwnSandbox, HoldsPort: w.address.Held(), Machine: here}
}

// portal is the developer portal's address, also before the environment is open.
func (w *Walk) portal() string {
	if box := w.Settings.World.Sandbox; box != nil && box.Portal != "" {
		return box.Portal
	}
	if env := w.account.Environment(); env != nil && env.Portal != "" {
		return env.Portal
	}
	return vendor.Portal
}

// Keep makes the options of this command the run's own. The error says which
// contradict each other, or is a *run.WriteError.
func (w *Walk) Keep() (err error) {
	w.address.Changes, err = keep(w.Run, *w.Settings)
	return err
}

// Adopt gives the walk an environment that was opened and identified beforehand,
// with the calls that took and what credential processes said, redacted. A new
// run is in that environment from now on.
func (w *Walk) Adopt(env *awsenv.Environment, calls []wire.Exchange, said ...string) {
	w.account.Adopt(env)
	*w.early = earlyCalls{calls, said}
	_ = w.Run.Update(func(r *run.Record) { // it is written with the first step
		if r.Environment.Account == "" {
			r.Environment.Account, r.Environment.Region = env.Account, env.Region
		}
	})
}

// Environment returns the one that is open, or nil. It never changes: after
// renewed credentials there is another.
func (w *Walk) Environment() *awsenv.Environment { return w.account.Environment() }

// Runner returns a runner for the steps, which keeps the run's journal. The
// answerers are tried in order before a question goes to the front end; attended
// says whether there is anybody in front of it.
func (w *Walk) Runner(attended bool, answerers ...engine.Answerer) *engine.Runner {
	record, sessions := w.journal(!w.Settings.LookOnly)
	x := w.attempts
	x.redact = func(s string) string { return w.Redactor.Redact(sessions.Label(s)) }
	return engine.NewRunner(engine.Work{
		Do: func(ctx context.Context, a *engine.Attempt) (map[engine.ID]string, error) {
			return x.do(ctx, a, attended)
		},
		Explain: func(step engine.ID, err error) engine.Failure {
			f := w.Explain(step, err)
			w.log.Error("step failed", "step", step, "doing", f.Doing, "code", f.Why.Code, "message", f.Why.Message)
			if w.Settings.OnFailure != nil {
				w.Settings.OnFailure(f)
			}
			return f
		},
		Attended: attended, Yes: w.Settings.Yes, Answerers: answerers, Record: record})
}

// journal returns what records an event, nil where nothing is to be recorded, and the
// labels of authorization sessions.
func (w *Walk) journal(records bool) (record func(engine.Event), sessions *wire.Sessions) {
	if w.Run.Name() == "" || !records {
		return nil, wire.NewSessions(0)
	}
	before, err := w.store.Entries(w.Run.Name())
	if err != nil {
		w.log.Warn("journal", "error", err)
	}
	sessions = wire.NewSessions(lastSession(before))
	redact := func(s string) string { return w.Redactor.Redact(sessions.Label(s)) }
	if len(before) > 0 {
		if err := w.history.Append(run.Entry{Time: time.Now().UTC(), Kind: trace.OpenedKind}); err != nil {
			w.log.Warn("journal", "error", err)
		}
	}
	return recorder(w.history, w.log, redact), sessions
}

// Explain turns an error into the four parts that a person sees.
func (w *Walk) Explain(step engine.ID, err error) engine.Failure {
	return w.explains.explain(step, err)
}

// Choose notes what the person wants when the walkthrough is over.
func (w *Walk) Choose(c Choice) { w.chosen.Store(c) }

// Choice is what the person chose at the end; "" keeps everything.
func (w *Walk) Choice() Choice {
	c, _ := w.chosen.Load().(Choice)
	return c
}

func (w *Walk) setLeft(left []provision.Left) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = left
}

// Left lists what the last cleanup could not remove.
func (w *Walk) Left() []provision.Left {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left
}

// Close lets go of the listener's port.
func (w *Walk) Close() error { return w.address.Close() }

// Missing finds the questions that the steps of this command would put and that
// nobody will answer, before anything is created.
func (w *Walk) Missing(ctx context.Context) []engine.Question {
	s := w.Settings
	if !s.Unattended {
		return nil
	}
	rec := w.Run.Record()
	_, err := awsenv.Open(ctx, w.account.Options(ctx, nil))
	answered := map[string]bool{
		"region": !errors.Is(err, awsenv.ErrNoRegion),
		"plan":   s.Yes || !rec.Agreed.IsZero(), "cleanup": s.Yes,
		"registered": s.Yes || wasDone(w.Run, Register),
	}
	simulated := s.Simulated != nil && s.Yes
	held := !w.Run.Resource(provision.Provider).Made.IsZero()
	for _, name := range []string{clientIDName, clientSecretName} {
		answered[name] = simulated || held || s.given(name) != ""
	}
	var missing []engine.Question
	for _, step := range s.Todo {
		for _, q := range step.Asks {
			if answered[q.Name] || slices.ContainsFunc(missing, func(m engine.Question) bool { return m.Name == q.Name }) {
				continue
			}
			if s.Simulated != nil && strings.HasPrefix(q.Name, "linkedin_") {
				q.Answers += ", or --yes, which lets the simulated person do it"
			}
			missing = append(missing, q)
		}
	}
	return missing
}

// AccessToken returns an access token for the gateway that lives at least a
// minute.
func (w *Walk) AccessToken(ctx context.Context) (string, error) {
	s, err := w.Scope(ctx, nil)
	if err != nil {
		return "", err
	}
	return w.Tokens.Token(ctx, s, tokenLeastLife)
}
