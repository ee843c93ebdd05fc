package ui

import (
	"fmt"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Run is what a front end knows of the run that it shows, beside the events.
type Run struct {
	Name      string        // "" = several runs at once
	Yes       bool          // it needs no person, so its pages turn by themselves
	NoBrowser bool          // no browser is opened from here
	Moment    time.Duration // how long a page that turns by itself can be read
	Done      []engine.ID   // the steps that are done already

	Now     func() State // how the run is at this moment
	Command func(words ...string) string
	Another func() string       // the command that begins another run
	Redact  func(string) string // takes secrets out of a text
	// SetMask hides account, e-mail and subject, or shows them again; KeepMask
	// records that.
	SetMask  func(bool)
	KeepMask func() error
	// Want notes what the person chose to do after the run, and Wish returns it.
	Want func(steps.Wish)
	Wish func() steps.Wish
}

// State is a run at one moment.
type State struct {
	Environment run.Environment
	Agreed      bool // the person said yes to the plan
	Begun       bool // something was created, or may have been
	Cleaned     bool
	Masked      bool
	Made        []steps.Made
}

// RunOf describes the run of a kit.
func RunOf(kit *steps.Kit) Run {
	return Run{
		Name: kit.Names.Run, Yes: kit.Settings.Yes, NoBrowser: kit.Settings.NoBrowser, Moment: kit.Settings.Moment, Done: kit.DoneSteps(),
		Now: func() State {
			rec := kit.Record()
			return State{Environment: rec.Environment, Agreed: !rec.Agreed.IsZero(), Begun: rec.Begun(), Cleaned: !rec.Cleaned.IsZero(), Masked: kit.Masked(), Made: kit.Made()}
		},
		Command: kit.Command, Another: kit.Another, Redact: kit.Redactor.Redact,
		SetMask: kit.SetMasked, KeepMask: kit.KeepMask, Want: kit.Want, Wish: kit.Wish,
	}
}

// Heading names the run and its environment.
func Heading(r Run) string {
	if r.Name == "" {
		return "agentcore-3lo · " + Place(r.Now().Environment)
	}
	return fmt.Sprintf("agentcore-3lo · %s · run %s", Place(r.Now().Environment), r.Name)
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
