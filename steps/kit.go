package steps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// Settings are the choices of one command.
type Settings struct {
	Again     string         // the command that repeats what failed; "" = the walk or cleanup of the run
	Program   string         // the form that started the program, for printed commands
	Home      string         // state folder
	LogPath   string         // where the log stands
	World     awsenv.Options // which world to open
	LookOnly  bool           // the run is not this command's to change, so its record is not written
	Undecided bool           // no environment is chosen yet, so printed commands select none
	Port      int            // listener; 0 = the run's own, or 9090, or the next free one
	ReturnURL string         // "" = found out
	RoleARN   string         // the person's own gateway role; "" = one is made
	// PermissionsBoundary is the ARN of the policy that bounds the role that is made.
	PermissionsBoundary string
	Pace                string // "auto" or "manual"; "" = the run's
	// OwnSandbox says that this process serves the sandbox, which ends with it.
	OwnSandbox bool
	Recreate   bool // make provider or inbound anew
	// RegisterReturnURL keeps the return URL on the list of the gateway's
	// workload identity, so that AgentCore sends browsers nowhere else.
	RegisterReturnURL bool
	NoBrowser         bool                         // never open one
	Unattended        bool                         // nobody is there to answer
	Yes               bool                         // plan, registration and cleanup are agreed to
	Todo              []Step                       // what this command will run
	Given             func(question string) string // what a flag or variable answers; "" = nothing
	Simulated         Simulated                    // plays the person at the sandbox; nil on AWS
	Backoff           Backoff
	LinkLife          time.Duration      // how long a consent link is waited for; 0 = LinkLife
	HelpAfter         time.Duration      // when a wait for the browser offers help by itself; 0 = 45 s
	TellAfter         time.Duration      // when a wait for an answer is told; 0 = 2 s
	AnswerLimit       time.Duration      // of one answer; 0 = 30 s
	Moment            time.Duration      // how long a page that plays by itself can be read before it goes on
	Now               func() time.Time   // the wall clock; nil = time.Now
	OpenURL           func(string) error // opens the person's browser; nil = cannot
	// Borrow gives the terminal to the work while it lasts, for a credential
	// process or an MFA prompt; nil = it is free at any time.
	Borrow func(ctx context.Context, saying string, work func())
	MFA    func(awsenv.MFARequest) (string, error) // asks for an MFA code on a borrowed terminal
	// Console lends the borrowed terminal to a credential process; nil = it never
	// gets it.
	Console func() *awsenv.Console
	Env     func(string) string
	// Computer is the one where the resources were created that a cleanup deletes;
	// "" = this one.
	Computer string
}

// Simulated plays the person at the browser. It is given URLs and nothing else.
type Simulated interface {
	CreateApp(ctx context.Context, portal string) (clientID, clientSecret string, err error)
	RegisterRedirect(ctx context.Context, portal, clientID, callbackURL string) error
	Allow(ctx context.Context, authorizationURL string) error
}

// Backoff is the one setting for every wait: polls with their limits, and
// retries, the SDK's own among them.
type Backoff struct {
	First, Max time.Duration // the first pause between two looks, and the longest
}

// tellAfter is how long an answer may take before the person is told what is
// being waited for.
const tellAfter = 2 * time.Second

// DefaultBackoff polls quickly at first and at most every five seconds later.
var DefaultBackoff = Backoff{First: 250 * time.Millisecond, Max: 5 * time.Second}

// Kit is what the steps of one run share: the world, the record, and what is
// kept in memory only.
type Kit struct {
	Settings Settings
	Names    Names
	Log      *slog.Logger
	Redactor *text.Redactor

	store    run.Store
	computer func() (string, error) // this computer's id, the same for the life of the process
	mu       sync.Mutex
	record   *run.Record
	saved    bool // the record has a file

	opening   sync.Mutex                         // one opens AWS at a time
	world     atomic.Pointer[awsenv.Environment] // replaced as a whole; nobody changes what it points to
	renewal   renewal
	earlySaid []string
	early     []wire.Exchange // calls made before there was a run to attribute them to

	secrets secrets
	ports   listening
	masked  atomic.Bool  // the screen hides account, e-mail and subject
	changes []string     // what the options of this command change, until it is told
	wish    atomic.Value // a Wish: what the person chose at the end
	left    []Left       // what the last cleanup could not remove
}

// secrets live in memory only.
type secrets struct {
	mu           sync.Mutex
	clientSecret string // LinkedIn's, until CreateOauth2CredentialProvider or UpdateOauth2CredentialProvider has taken it
	clientID     string // that belongs to it
	bearer       bearer
}

// NewKit prepares work on a run. The record may be new; it is written when the
// person has agreed to the plan. The log may be nil.
func NewKit(s Settings, store run.Store, r *run.Record, log *slog.Logger) *Kit {
	if log == nil {
		log = discard
	}
	if s.Backoff == (Backoff{}) {
		s.Backoff = DefaultBackoff
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.LinkLife == 0 {
		s.LinkLife = LinkLife
	}
	if s.HelpAfter == 0 {
		s.HelpAfter = helpAfter
	}
	if s.TellAfter == 0 {
		s.TellAfter = tellAfter
	}
	k := &Kit{Settings: s, Names: Names{r.Run}, Redactor: &text.Redactor{}, store: store, computer: sync.OnceValues(store.Computer), record: r}
	k.renewal.turn = make(chan struct{}, 1)
	k.saved = r.Begun() && !s.LookOnly
	k.masked.Store(r.Settings.Masked)
	k.Log = slog.New(k.Redactor.Handler(log.Handler()))
	return k
}

// NewRecord begins the record of a run.
func NewRecord(name string, sandbox bool) *run.Record {
	return &run.Record{Version: run.Version, Run: name, Created: time.Now().UTC(),
		Environment: run.Environment{Sandbox: sandbox}, Steps: map[string]run.Mark{}, Resources: []run.Resource{}}
}

// Adopt gives the kit a world that was opened and identified beforehand, with
// the calls that took and what credential processes said, redacted. A new run
// is in that world from now on.
func (k *Kit) Adopt(w *awsenv.Environment, calls []wire.Exchange, said ...string) {
	k.world.Store(w)
	k.early, k.earlySaid = calls, said
	if k.record.Environment.Account == "" {
		k.record.Environment.Account, k.record.Environment.Region = w.Account, w.Region
	}
}

// World returns the environment that is open, or nil. It never changes: after
// renewed credentials there is another.
func (k *Kit) World() *awsenv.Environment {
	return k.world.Load()
}

// Record returns a copy of what is remembered, for showing.
func (k *Kit) Record() run.Record {
	var c run.Record
	k.read(func(r *run.Record) { c = r.Clone() })
	return c
}

// begun says whether there is anything to resume.
func (k *Kit) begun() (begun bool) {
	k.read(func(r *run.Record) { begun = r.Begun() })
	return begun
}

// read looks at the record while nobody changes it.
func (k *Kit) read(look func(*run.Record)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	look(k.record)
}

// update changes the record and writes it, once there is a file.
func (k *Kit) update(change func(*run.Record)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k.record)
	if !k.saved {
		return nil
	}
	return k.save()
}

func (k *Kit) save() error {
	err := k.store.Save(k.record)
	var file *fs.PathError
	var rename *os.LinkError
	if errors.As(err, &file) || errors.As(err, &rename) {
		return Problem{Doing: "writing down what was made", Err: err,
			Next: "Make room in " + k.store.Dir + " or set AGENTCORE_3LO_HOME to a folder that can be written, then start again."}
	}
	return fail("writing down what was made", err)
}

// Remember writes the record from now on.
func (k *Kit) Remember() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.saved = true
	return k.save()
}

// agree remembers that the person said yes to the plan.
func (k *Kit) agree() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.record.Agreed.IsZero() {
		k.record.Agreed = time.Now().UTC()
	}
	k.saved = true
	return k.save()
}

// markDone records the step as done and returns the steps that lost their
// basis by it.
func (k *Kit) markDone(s Step) (map[engine.ID]string, error) {
	if s.ID == Cleanup {
		return nil, nil
	}
	err := k.update(func(r *run.Record) { r.Steps[string(s.ID)] = k.mark(r, s) })
	return k.StaleSteps(), err
}

func (k *Kit) mark(r *run.Record, s Step) run.Mark {
	m := run.Mark{Done: time.Now().UTC()}
	if s.Basis != nil {
		m.Basis = s.Basis(r).String()
	}
	return m
}

// wasDone says whether the step is done and its basis still holds.
func (k *Kit) wasDone(s Step) bool {
	var ok bool
	k.read(func(r *run.Record) {
		m, done := r.Steps[string(s.ID)]
		ok = done && (s.Basis == nil || m.Basis == s.Basis(r).String())
	})
	return ok
}

// Task is one attempt at one step.
type Task struct {
	*Kit
	engine.Person
	Step  engine.ID
	Again bool // the person asked for this step expressly
	// Observer reports calls that do not begin in the attempt's own context: the
	// listener makes one for the browser.
	Observer func(wire.Exchange)
}

// say tells one line.
func (t *Task) say(format string, args ...any) { t.Tell(Note{Text: fmt.Sprintf(format, args...)}) }

// Task makes a task for a command that runs no step.
func (k *Kit) Task(p engine.Person) *Task { return &Task{Kit: k, Person: p} }

// Left lists what the last cleanup could not remove.
func (k *Kit) Left() []Left { return k.left }

// Wish is what the person wants when the walkthrough is over.
type Wish string

const (
	Keep    Wish = "keep"     // leave everything as it is
	CleanUp Wish = "clean up" // undo this run
	Anew    Wish = "anew"     // walk another run
)

// Want notes what the person chose.
func (k *Kit) Want(w Wish) { k.wish.Store(w) }

// Wish returns what the person chose at the end; "" keeps everything.
func (k *Kit) Wish() Wish {
	w, _ := k.wish.Load().(Wish)
	return w
}

// Missing finds the questions that these steps would put and that nobody will
// answer, before anything is made.
func (k *Kit) Missing(ctx context.Context) []engine.Question {
	if !k.Settings.Unattended {
		return nil
	}
	rec := k.Record()
	_, err := awsenv.Open(ctx, k.Task(nil).worldOptions(ctx))
	answered := map[string]bool{
		"region": !errors.Is(err, awsenv.ErrNoRegion),
		"plan":   k.Settings.Yes || !rec.Agreed.IsZero(), "cleanup": k.Settings.Yes,
		"registered": k.Settings.Yes || k.wasDone(registerStep()),
	}
	simulated := k.Settings.Simulated != nil && k.Settings.Yes
	held := !k.resource(KindProvider).Made.IsZero()
	for _, name := range []string{"linkedin_client_id", "linkedin_client_secret"} {
		answered[name] = simulated || held || k.given(name) != ""
	}
	var missing []engine.Question
	for _, s := range k.Settings.Todo {
		for _, name := range s.Asks {
			if !answered[name] && !slices.ContainsFunc(missing, func(q engine.Question) bool { return q.Name == name }) {
				q := question(name)
				if k.Settings.Simulated != nil && strings.HasPrefix(name, "linkedin_") {
					q.Answers += ", or --yes, which lets the simulated person do it"
				}
				missing = append(missing, q)
			}
		}
	}
	return missing
}

// question is the one of that name.
func question(name string) engine.Question {
	switch name {
	case "region":
		return regionQuestion()
	case "plan":
		return planQuestion(false)
	case "linkedin_client_id":
		return clientIDQuestion()
	case "linkedin_client_secret":
		return clientSecretQuestion("")
	case "registered":
		return registeredQuestion()
	}
	return cleanupQuestion()
}

// moment lets a page be read that plays by itself.
func (t *Task) moment(ctx context.Context) error {
	if !t.Settings.Yes || t.Settings.Moment == 0 {
		return ctx.Err()
	}
	return sleep(ctx, t.Settings.Moment)
}

// fingerprint names a value without keeping it.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Open opens the run's environment and checks that it is the run's own.
func (t *Task) Open(ctx context.Context) (*awsenv.Environment, error) { return t.connect(ctx) }

// connect opens the world and proves that it is the run's own: the account of
// the record and that of the credentials must be the same.
func (t *Task) connect(ctx context.Context) (*awsenv.Environment, error) {
	t.opening.Lock()
	defer t.opening.Unlock()
	if w := t.World(); w != nil && w.Account != "" {
		return w, t.sameWorld(w)
	}
	return t.openOurs(ctx)
}

// reconnect opens AWS again, for credentials that were renewed. Until that has
// worked, everybody keeps what they have.
func (t *Task) reconnect(ctx context.Context) error {
	t.opening.Lock()
	defer t.opening.Unlock()
	_, err := t.openOurs(ctx)
	return err
}

// openOurs opens AWS, and checks that it is the run's. Its callers hold the lock.
func (t *Task) openOurs(ctx context.Context) (*awsenv.Environment, error) {
	w, err := t.openWorld(ctx)
	if err == awsenv.ErrNoRegion {
		return nil, Problem{Doing: "finding out the region", Err: err, Next: "Name one: " + CommandLine(t.Settings.Program, "walk", "--aws", "--region", "us-east-1"), Exit: ExitNeedsPerson}
	}
	if err != nil {
		return nil, fail("reading the AWS configuration", err)
	}
	if err := t.sameWorld(w); err != nil {
		return nil, err
	}
	t.world.Store(w)
	return w, nil
}

// worldOptions repeats what the record knows, where no flag says otherwise.
func (t *Task) worldOptions(ctx context.Context) awsenv.Options {
	o := t.Settings.World
	t.read(func(r *run.Record) {
		if o.Region == "" {
			o.Region = r.Environment.Region
		}
		if o.Profile == "" {
			o.Profile = r.Environment.Profile
		}
		o.Endpoints = r.Environment.Endpoints
	})
	o.AnswerLimit = t.Settings.AnswerLimit
	if t.Settings.Backoff.First < DefaultBackoff.First {
		o.RetryPause = t.Settings.Backoff.Max
	}
	if !t.Settings.Unattended {
		o.MFA = func(r awsenv.MFARequest) (string, error) { return t.mfa(ctx, r) }
		o.Console = t.console
	}
	o.Secrets = t.Redactor.Add
	o.HelperSaid = t.helperSaid
	return o
}

func (t *Task) sameWorld(w *awsenv.Environment) error {
	var known run.Environment
	t.read(func(r *run.Record) { known = r.Environment })
	if known.Account != "" && known.Account != w.Account {
		return Problem{Doing: "checking whose credentials these are", Exit: ExitDenied,
			Err:  fmt.Errorf("run %s lives in account %s, and these credentials (%s) belong to account %s", t.Names.Run, known.Account, w.CallerARN, w.Account),
			Next: "Use credentials of account " + known.Account + ", or begin another run: " + t.elsewhere("")}
	}
	if known.Account != "" && known.Region != w.Region {
		return Problem{Doing: "checking the region", Exit: ExitUsage,
			Err:  fmt.Errorf("run %s lives in %s, and this command says %s", t.Names.Run, known.Region, w.Region),
			Next: "Leave --region out, or begin another run: " + t.elsewhere(w.Region)}
	}
	_, err := t.owner(w)
	return err
}

// elsewhere begins a run where this command's flags lead, not where its run is.
func (t *Task) elsewhere(region string) string {
	w := run.Environment{Profile: t.Settings.World.Profile, Region: cmp.Or(region, t.Settings.World.Region)}
	return CommandLine(t.Settings.Program, append([]string{"walk", "--new"}, EnvironmentFlags(w)...)...)
}
