// Package steps is the tutorial: one file per step, and what puts them together.
// The order, the questions and the events are the engine's; what is created is
// internal/provision's. It knows no terminal.
package steps

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// The steps, in the order in which they are taught.
const (
	Overview      engine.ID = "overview"
	Prerequisites engine.ID = "prerequisites"
	Inbound       engine.ID = "inbound"
	Gateway       engine.ID = "gateway"
	App           engine.ID = "linkedin"
	Provider      engine.ID = "provider"
	Register      engine.ID = "register"
	Target        engine.ID = "target"
	Consent       engine.ID = "consent"
	Invoke        engine.ID = "invoke"
	Cleanup       engine.ID = "cleanup"
)

// Step describes one page of the tutorial.
type Step struct {
	ID    engine.ID
	Title string
	Does  string // one line for `steps` and `plan`
	Needs []engine.ID
	// Foreground steps wait for their page: they begin only when the person is
	// there. The others work ahead.
	Foreground bool
	// Creates are the kinds of resource that the step creates.
	Creates []string
	// Asks are the questions that the step may put.
	Asks []engine.Question
	// Inputs are what the step's result depends on. When one changes, the step is
	// stale.
	Inputs func(*run.Record) stepInputs
	// Deferred steps are marked done by the one that Completes them, when their
	// result has arrived there.
	Deferred  bool
	Completes engine.ID // "" = none
}

// Tutorial returns the steps of the walkthrough, without cleanup, in order. They are
// only to be read.
func Tutorial() []Step { return slices.Clip(tutorial()) }

// tutorial is built once, because every drawing of the screen asks for it.
var tutorial = sync.OnceValue(func() []Step {
	return []Step{
		{ID: Overview, Title: "Overview", Foreground: true,
			Does: "explains the grants and how the parts connect; calls nothing"},
		{ID: Prerequisites, Title: "This machine and account", Foreground: true,
			Does: "checks account, caller, region, return URL and browser; shows the plan and asks",
			Asks: []engine.Question{regionQuestion(), planQuestion(false)}},
		{ID: Inbound, Title: "Inbound: Cognito", Needs: []engine.ID{Prerequisites},
			Does:    "creates the user pool, its domain, the resource server and the app client, and gets the first access token",
			Creates: []string{provision.UserPool, provision.Domain, provision.ResourceServer, provision.Client}},
		{ID: Gateway, Title: "Gateway", Needs: []engine.ID{Inbound},
			Does:    "creates the IAM role and the gateway",
			Creates: []string{provision.Role, provision.Gateway},
			Inputs: func(r *run.Record) stepInputs {
				return stepInputs{"the user pool": idOf(r, provision.UserPool), "the app client": idOf(r, provision.Client), "the role": r.Settings.RoleARN}
			}},
		{ID: App, Title: vendor.Name + " app", Needs: []engine.ID{Prerequisites}, Deferred: true,
			Does: "shows how to create the app; asks for its client ID and client secret",
			Asks: []engine.Question{clientIDQuestion(), clientSecretQuestion("")}},
		{ID: Provider, Title: "Credential provider", Needs: []engine.ID{App}, Completes: App,
			Does:    "creates the OAuth2 credential provider, which has the callback URL",
			Creates: []string{provision.Provider},
			Asks:    []engine.Question{clientIDQuestion(), clientSecretQuestion("")}},
		{ID: Register, Title: "Callback URL", Needs: []engine.ID{Provider},
			Does: "shows the callback URL and waits until you have registered it",
			Asks: []engine.Question{registeredQuestion()},
			Inputs: func(r *run.Record) stepInputs {
				return stepInputs{"the credential provider": basisOf(r, provision.Provider), "the client id": r.ClientID}
			}},
		{ID: Target, Title: "Target", Needs: []engine.ID{Gateway, Provider},
			Does:    "adds " + vendor.Name + "'s API to the gateway, with the authorization code grant",
			Creates: []string{provision.Target},
			Inputs: func(r *run.Record) stepInputs {
				return stepInputs{"the gateway": idOf(r, provision.Gateway), "the credential provider": basisOf(r, provision.Provider)}
			}},
		{ID: Consent, Title: "Consent", Needs: []engine.ID{Target, Register}, Foreground: true,
			Does:   "calls the tool, shows the link, and completes the session after you consent",
			Inputs: consentInputs},
		{ID: Invoke, Title: "Call the tool", Needs: []engine.ID{Consent}, Foreground: true,
			Does:   "calls the tool again, which returns your profile",
			Inputs: invokeInputs},
	}
})

// CleanupStep describes the step that undoes the others. It never starts by
// itself.
func CleanupStep() Step {
	return Step{ID: Cleanup, Title: "Clean up", Foreground: true,
		Does: "deletes everything in reverse order and verifies the deletion",
		Asks: []engine.Question{cleanupQuestion()}}
}

// Find returns the step of that name, cleanup included.
func Find(id engine.ID) (Step, bool) {
	if id == Cleanup {
		return CleanupStep(), true
	}
	if n := Number(id); n > 0 {
		return tutorial()[n-1], true
	}
	return Step{}, false
}

// Number is the step's place in the tutorial, from 1; 0 for cleanup.
func Number(id engine.ID) int {
	return 1 + slices.IndexFunc(tutorial(), func(s Step) bool { return s.ID == id })
}

// Numbers names steps by their places in the tutorial: "step 9", "steps 5, 7, 9".
func Numbers(ids ...engine.ID) string {
	word, numbers := "step ", make([]string, len(ids))
	for i, id := range ids {
		numbers[i] = strconv.Itoa(Number(id))
	}
	if len(ids) > 1 {
		word = "steps "
	}
	return word + strings.Join(numbers, ", ")
}

// Parse turns words from a command line into step ids.
func Parse(words []string) ([]engine.ID, error) {
	var ids []engine.ID
	for _, w := range words {
		s, ok := Find(engine.ID(strings.ToLower(w)))
		if !ok || s.ID == Cleanup {
			var known []string
			for _, s := range Tutorial() {
				known = append(known, string(s.ID))
			}
			return nil, fmt.Errorf("there is no step %q; the steps are: %s", w, strings.Join(known, ", "))
		}
		if !slices.Contains(ids, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	// Whatever the order on the command line, the tutorial's holds.
	slices.SortFunc(ids, func(a, b engine.ID) int { return Number(a) - Number(b) })
	return ids, nil
}

// NewMachine returns a machine for these steps; those in done are there already.
func NewMachine(mode engine.Mode, todo []Step, done []engine.ID) engine.Machine {
	var before []Step
	for _, id := range done {
		s, _ := Find(id)
		before = append(before, s)
	}
	return engine.NewMachine(mode, order(todo), order(before))
}

// order is what the machine has to know of the steps.
func order(all []Step) []engine.Step {
	var steps []engine.Step
	for _, s := range all {
		steps = append(steps, engine.Step{ID: s.ID, Needs: s.Needs, Foreground: s.Foreground})
	}
	return steps
}

//go:embed lessons/*.md
var lessonFiles embed.FS

// lessons are all that the steps teach. A file that cannot be read is a fault of
// the build, and a test reads them all.
var lessons = sync.OnceValue(func() map[engine.ID]lesson.Lesson {
	all := map[engine.ID]lesson.Lesson{}
	for _, s := range append(Tutorial(), CleanupStep()) {
		if source, err := lessonFiles.ReadFile("lessons/" + string(s.ID) + ".md"); err == nil {
			all[s.ID], _ = lesson.Parse(source)
		}
	}
	return all
})

// Lesson is what the step's page teaches.
func (s Step) Lesson() lesson.Lesson { return lessons()[s.ID] }
