// Package account opens the environment of a run, checks that it is the run's own,
// and renews its credentials.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/engine"
)

// SignIn says how to sign in.
type SignIn struct {
	World       awsenv.Options // which environment to open
	Backoff     wait.Backoff
	AnswerLimit time.Duration // of one answer; 0 = 30 s
	Unattended  bool          // nobody is there to answer
	// Borrow gives the terminal to the work while it lasts, for a credential
	// process or an MFA prompt; nil = it is free at any time.
	Borrow func(ctx context.Context, saying string, work func())
	MFA    func(awsenv.MFARequest) (string, error) // asks for an MFA code on a borrowed terminal
	// Console lends the borrowed terminal to a credential process; nil = it never
	// gets it.
	Console func() *awsenv.Console
	// Computer is the one where the resources were created that a cleanup deletes;
	// "" = this one.
	Computer string
}

// Parts are what an account is given.
type Parts struct {
	Run      *run.Run
	Commands commandline.Writer
	Redactor *text.Redactor
	Log      *slog.Logger
	Computer func() (string, error) // this computer's ID
	SignIn   *SignIn                // the region may be asked for
	Explain  func(engine.ID, error) engine.Failure
}

// Account is the environment in which a run works: it is opened once for all
// steps, and again after its credentials were renewed.
type Account struct {
	Parts

	opening sync.Mutex                         // one opens AWS at a time
	world   atomic.Pointer[awsenv.Environment] // replaced as a whole; nobody changes what it points to

	renewing chan struct{} // holds one token: whoever has it asks the person
	renewed  time.Time
	borrowed atomic.Bool // the terminal is free for a credential process or an MFA prompt
}

// New returns an account that is not open yet.
func New(p Parts) *Account { return &Account{Parts: p, renewing: make(chan struct{}, 1)} }

// Environment is the one that is open, or nil. It never changes: after renewed
// credentials there is another.
func (a *Account) Environment() *awsenv.Environment { return a.world.Load() }

// Adopt takes an environment that was opened and identified beforehand.
func (a *Account) Adopt(w *awsenv.Environment) { a.world.Store(w) }

// Forget makes the next Open open the environment again.
func (a *Account) Forget() { a.world.Store(nil) }

// Open opens the run's environment and proves that it is the run's own: the
// account of the record and that of the credentials must be the same.
func (a *Account) Open(ctx context.Context, p engine.Person) (*awsenv.Environment, error) {
	a.opening.Lock()
	defer a.opening.Unlock()
	if w := a.world.Load(); w != nil && w.Account != "" {
		return w, a.same(w)
	}
	return a.openOwn(ctx, p)
}

// reopen opens AWS again, for credentials that were renewed. Until that has
// worked, everybody keeps what they have.
func (a *Account) reopen(ctx context.Context, p engine.Person) error {
	a.opening.Lock()
	defer a.opening.Unlock()
	_, err := a.openOwn(ctx, p)
	return err
}

// openOwn opens AWS, and checks that it is the run's. Its callers hold the lock.
func (a *Account) openOwn(ctx context.Context, p engine.Person) (*awsenv.Environment, error) {
	w, err := a.signIn(ctx, p)
	if errors.Is(err, awsenv.ErrNoRegion) {
		return nil, advice.Problem{Doing: "finding out the region", Err: err, Next: "Name one: " + commandline.Line(a.Commands.Program, "walk", "--aws", "--region", "us-east-1"), Exit: advice.ExitNeedsPerson}
	}
	if err != nil {
		return nil, advice.Fail("reading the AWS configuration", err)
	}
	if err := a.same(w); err != nil {
		return nil, err
	}
	a.world.Store(w)
	return w, nil
}

// Options repeat what the record knows, where no flag says otherwise.
func (a *Account) Options(ctx context.Context, p engine.Person) awsenv.Options {
	o, known := a.SignIn.World, a.Run.Record().Environment
	o.Region, o.Profile = cmp.Or(o.Region, known.Region), cmp.Or(o.Profile, known.Profile)
	o.Endpoints, o.AnswerLimit = known.Endpoints, a.SignIn.AnswerLimit
	if a.SignIn.Backoff.First < wait.Default.First {
		o.RetryPause = a.SignIn.Backoff.Max
	}
	if !a.SignIn.Unattended {
		o.MFA = func(r awsenv.MFARequest) (string, error) { return a.mfa(ctx, p, r) }
		o.Console = a.console
	}
	o.Secrets = a.Redactor.Add
	o.HelperSaid = func(profile, said string) { a.helperSaid(p, profile, said) }
	return o
}

// Profile is the AWS profile of this command or of the run; "" = the default.
func (a *Account) Profile() string {
	return cmp.Or(a.SignIn.World.Profile, a.Run.Record().Environment.Profile)
}

func (a *Account) same(w *awsenv.Environment) error {
	known, name := a.Run.Record().Environment, a.Run.Name()
	if known.Account != "" && known.Account != w.Account {
		return advice.Problem{Doing: "checking whose credentials these are", Exit: advice.ExitDenied,
			Err:  fmt.Errorf("run %s lives in account %s, and these credentials (%s) belong to account %s", name, known.Account, w.CallerARN, w.Account),
			Next: "Use credentials of account " + known.Account + ", or begin another run: " + a.elsewhere("")}
	}
	if known.Account != "" && known.Region != w.Region {
		return advice.Problem{Doing: "checking the region", Exit: advice.ExitUsage,
			Err:  fmt.Errorf("run %s lives in %s, and this command says %s", name, known.Region, w.Region),
			Next: "Leave --region out, or begin another run: " + a.elsewhere(w.Region)}
	}
	_, err := a.Owner(w)
	return err
}

// elsewhere begins a run where this command's flags lead, not where its run is.
func (a *Account) elsewhere(region string) string {
	w := run.Environment{Profile: a.SignIn.World.Profile, Region: cmp.Or(region, a.SignIn.World.Region)}
	return commandline.Line(a.Commands.Program, append([]string{"walk", "--new"}, commandline.EnvironmentFlags(w)...)...)
}

// Owner is who works on this run: the caller, at this computer. For a cleanup of
// what the same principal created elsewhere it is that computer.
func (a *Account) Owner(w *awsenv.Environment) (ownership.Owner, error) {
	computer := a.SignIn.Computer
	if computer == "" {
		var err error
		var damaged *run.DamagedComputerError
		computer, err = a.Parts.Computer()
		if errors.As(err, &damaged) {
			err = advice.Problem{Doing: "reading this computer's id", Err: err,
				Next: "Restore the file, or delete it: then what was created here counts as created elsewhere, and this lists it: " +
					commandline.Line(a.Commands.Program, "cleanup", "--all", "--elsewhere")}
		}
		if err != nil {
			return ownership.Owner{}, advice.Fail("reading this computer's id", err)
		}
	}
	o, err := ownership.Of(w.CallerARN, computer)
	return o, advice.Fail("finding out who is calling", err)
}

// Renew asks the person to renew expired credentials, once for all steps.
// Without an error, what failed since it began is worth repeating.
func (a *Account) Renew(ctx context.Context, p engine.Person, step engine.ID, began time.Time, why error) error {
	select {
	case a.renewing <- struct{}{}:
		defer func() { <-a.renewing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.renewed.After(began) {
		return nil // another step has asked meanwhile
	}
	for {
		if _, err := p.Ask(ctx, a.renewalQuestion(step, why)); err != nil {
			return err
		}
		if why = a.reopen(ctx, p); why != nil {
			p.Tell(event.Note{Text: "Not yet: " + text.CleanLine(a.Explain(step, why).Why.Message)})
			continue
		}
		a.renewed = time.Now()
		p.Tell(event.Confirmed{Text: "The credentials are good again."})
		return nil
	}
}

// renewalQuestion says what the credentials lack, and how to renew them.
func (a *Account) renewalQuestion(step engine.ID, why error) engine.Question {
	q := engine.Question{Name: "credentials", Kind: engine.Pause, Default: engine.Yes, Answers: "a person",
		Prompt: "Your AWS credentials have expired. Enter when they are renewed",
		Help: []string{"In another terminal: " + advice.SignIn(a.Profile()) + ".",
			"Keys from environment variables cannot be renewed from outside: leave, set new ones and start again; it goes on where it stopped."}}
	var signIn *awsenv.SignInError
	if errors.As(why, &signIn) {
		f := a.Explain(step, why)
		q.Prompt, q.Help = "Enter when you have signed in", strings.Split(f.Why.Message+"\n"+advice.WithoutResume(f.Next), "\n")
	}
	return q
}

// Expired says that the credentials were good and no longer are.
func Expired(err error) bool {
	var signIn *awsenv.SignInError
	if errors.As(err, &signIn) {
		return signIn.Renewable()
	}
	return errors.Is(err, awsenv.ErrMFASessionEnded) || advice.Expired(err)
}
