package ui

import (
	"fmt"
	"strings"
	"time"

	"agentcore-3lo/internal/desktop"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Run is what a front end knows of the run that it shows, beside the events.
type Run struct {
	Name      string        // "" = several runs at once
	Yes       bool          // it needs no person, so its pages turn by themselves
	NoBrowser bool          // no browser is opened from here
	NoDisplay bool          // a browser has to run on another machine
	Moment    time.Duration // how long a page that turns by itself can be read
	Stays     bool          // somebody watches: the last page stays
	Rehearsal bool          // the sandbox makes calls fail on purpose
	Done      []engine.ID   // the steps that are done already

	Now     func() State // how the run is at this moment
	Command func(words ...string) string
	Another func() string       // the command that begins another run
	Redact  func(string) string // takes secrets out of a text
	// SetMask hides account, e-mail and subject, or shows them again; KeepMask
	// records that.
	SetMask  func(bool)
	KeepMask func() error
	// Choose notes what the person wants after the run, and Choice returns it.
	Choose func(steps.Choice)
	Choice func() steps.Choice
	// Trace is what happened in earlier processes, from the journal; nil = nothing.
	Trace func() (*trace.Trace, error)
	// ShowPage records which page the person sees; nil = nobody follows. It writes a file.
	ShowPage func(steps.Page)
}

// State is a run at one moment.
type State struct {
	Environment run.Environment
	Agreed      bool // the person said yes to the plan
	Begun       bool // something was created, or may have been
	Cleaned     bool
	Masked      bool
	Reached     bool // a browser has reached the listener at the return URL
	Made        []provision.Made
}

// Forgettable says that the run has created nothing: it is forgotten when the
// person leaves.
func (r Run) Forgettable() bool { return r.Name != "" && !r.Now().Begun }

// RunOf describes the run of a walk.
func RunOf(w *steps.Walk) Run {
	rec := w.Run.Record()
	return Run{
		Name: rec.Run, Yes: w.Settings.Yes, NoBrowser: w.Settings.NoBrowser, NoDisplay: w.Settings.Env != nil && desktop.Elsewhere(w.Settings.Env) != "", Moment: w.Settings.Moment, Stays: w.Settings.Stays, Rehearsal: w.Settings.Rehearsal, Done: steps.DoneSteps(&rec),
		Now: func() State {
			rec := w.Run.Record()
			return State{Environment: rec.Environment, Agreed: !rec.Agreed.IsZero(), Begun: rec.Begun(), Cleaned: !rec.Cleaned.IsZero(), Masked: w.Run.Masked(), Reached: rec.Settings.Reached != "" && rec.Settings.Reached == rec.Settings.ReturnURL, Made: provision.Recorded(&rec)}
		},
		Command: w.Commands.Line, Another: w.Commands.Another, Redact: w.Redactor.Redact,
		SetMask: w.Run.SetMasked, KeepMask: w.Run.KeepMask, Choose: w.Choose, Choice: w.Choice, Trace: w.Trace, ShowPage: w.ShowPage,
	}
}

// Heading names the run and its environment.
func Heading(r Run) string {
	if r.Name == "" {
		return "agentcore-3lo · " + Place(r.Now().Environment)
	}
	return fmt.Sprintf("agentcore-3lo · %s · run %s", Place(r.Now().Environment), r.Name)
}

// ShortPlace is an environment in a header. SANDBOX is never beside an AWS host.
func ShortPlace(e run.Environment) string {
	switch {
	case e.Sandbox && e.SandboxURL != "":
		return "SANDBOX at " + e.SandboxURL
	case e.Sandbox:
		return "SANDBOX"
	}
	place := strings.Join(strings.Fields("AWS "+e.Account+" "+e.Region), " ")
	if endpoint := e.Endpoints["AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"]; endpoint != "" {
		place += " at " + endpoint
	}
	return place
}

// Place is an environment in a few words.
func Place(e run.Environment) string {
	place := "AWS"
	if e.Account != "" {
		place += " account " + e.Account + ", " + e.Region
	}
	if e.Sandbox {
		place = "SANDBOX"
		if e.SandboxURL != "" {
			place += " at " + e.SandboxURL
		}
	}
	if endpoint := e.Endpoints["AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"]; endpoint != "" {
		place += " at " + endpoint
	}
	return place
}
