package steps

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

func invokeStep() Step {
	return Step{ID: Invoke, Title: "Call the tool", Needs: []engine.ID{Consent}, Foreground: true,
		Does:  "calls the tool again, which returns your profile",
		Basis: consentBasis,
		Run:   invoke,
	}
}

func invoke(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	if t.wasDone(invokeStep()) && !t.Again && t.mayChoose() {
		t.say("Everything is done.")
		if again, err := t.whatNext(ctx, nil); err != nil || !again {
			return err
		}
	}
	for {
		result, err := t.callWithConsent(ctx, w)
		if err != nil {
			return err
		}
		t.Tell(result)
		again, err := t.whatNext(ctx, &result)
		if err != nil || !again {
			return err
		}
	}
}

// vaultLimit is how long AgentCore's vault may take to know a consent that was
// just completed.
const vaultLimit = 30 * time.Second

// callWithConsent calls without forcing. Where no token is stored, or the vendor
// refuses the stored one, it asks for consent again, once, if this command may.
// A link right after a consent may only mean that the vault is not up to date,
// so that is waited out first.
func (t *Task) callWithConsent(ctx context.Context, w *awsenv.Environment) (Result, error) {
	began, pause, asked := time.Now(), 4*t.Settings.Backoff.First, false
	for tries := 1; ; tries++ {
		result, _, err := t.callTool(ctx, w, bearerLeastLife, false)
		if err == nil {
			return newResult(t.Names.Tool(), result), nil
		}
		var needed *mcp.ElicitationError
		missing := errors.As(err, &needed)
		limit := t.Settings.Backoff.scaled(vaultLimit)
		if missing && t.consentedWithin(2*vaultLimit) && (tries < leastTries || time.Since(began)+pause < limit) {
			t.Tell(Progress{fmt.Sprintf("AgentCore does not find the token of this consent yet; retrying for up to %s", limit)})
			if err := sleep(ctx, pause); err != nil {
				return Result{}, err
			}
			pause = min(pause*5/4, t.Settings.Backoff.Max)
			continue
		}
		err = fail("calling the tool "+t.Names.Tool(), err)
		cause, _ := advice.For(err, vendor.Errors)
		if asked || cause.Action != advice.FreshConsent || !missing && t.consentedWithin(2*vaultLimit) {
			return Result{}, err
		}
		if agreed, askErr := t.agreeToConsent(ctx, err); askErr != nil || !agreed {
			return Result{}, cmp.Or(askErr, err)
		}
		asked = true
		if err := t.consentAgain(ctx, missing); err != nil {
			return Result{}, err
		}
		began, tries = time.Now(), 0
	}
}

// agreeToConsent says whether to go through another consent: a command that has
// the consent step does, and otherwise the person is asked, if there is one.
func (t *Task) agreeToConsent(ctx context.Context, why error) (bool, error) {
	if t.mayConsent() || !t.mayChoose() {
		return t.mayConsent(), nil
	}
	a, err := t.Ask(ctx, engine.Question{Name: "consent_again", Kind: engine.Confirm, Default: engine.Yes, Prompt: "Consent again now?", Answers: "run consent invoke",
		Help: []string{sentence(why)}})
	return a == engine.Yes, err
}

// consentAgain goes through another consent. missing says that the vault has no
// token, so that there is none to discard.
func (t *Task) consentAgain(ctx context.Context, missing bool) error {
	if missing {
		t.say("The gateway asks for consent once more: the stored token is gone or has expired.")
	} else {
		t.say("%s no longer accepts the stored token: it was revoked or has expired. Here is a link for a fresh consent.", vendor.Name)
	}
	if err := t.update(func(r *run.Record) {
		delete(r.Steps, string(Consent))
		r.Consent = run.Consent{Round: r.Consent.Round + 1, Open: true, Forced: missing}
	}); err != nil {
		return err
	}
	if err := consent(ctx, t); err != nil {
		return err
	}
	_, err := t.markDone(consentStep())
	return err
}

// mayConsent says whether this command includes the consent step.
func (t *Task) mayConsent() bool {
	return slices.ContainsFunc(t.Settings.Todo, func(s Step) bool { return s.ID == Consent })
}

func newResult(tool string, r mcp.Result) Result {
	x := r.Exchange
	result := Result{Tool: tool, Text: r.Text, Beside: r.Beside(), RequestID: x.RequestID,
		Request: request(x), Response: response(x)}
	object := r.JSON()
	if object == nil && json.Valid([]byte(r.Text)) {
		object = json.RawMessage(r.Text)
	}
	result.JSON = object
	var profile map[string]any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber() // numbers stay as they were written
	if decoder.Decode(&profile) == nil && !decoder.More() {
		result.Profile = profile
	}
	return result
}

func request(x mcp.Exchange) string {
	return fmt.Sprintf("POST %s\n%s\n%s", x.URL, headers(x.RequestHeader), indent(x.Request))
}

func response(x mcp.Exchange) string {
	return fmt.Sprintf("HTTP %d\n%s\n%s", x.Status, headers(x.ResponseHeader), indent(x.Response))
}

// wire is the whole exchange, as a person reads it.
func exchangeText(x mcp.Exchange) string { return request(x) + "\n\n" + response(x) }

func headers(h map[string][]string) string {
	var lines []string
	for name, values := range h {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func indent(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	pretty, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(pretty)
}

// mayChoose says whether there is somebody to choose how it goes on.
func (t *Task) mayChoose() bool { return !t.Settings.Unattended && !t.Settings.Yes }

// whatNext offers what can be done with a working gateway. Enter keeps it. The
// result is nil where nothing was called yet.
func (t *Task) whatNext(ctx context.Context, r *Result) (again bool, err error) {
	if !t.mayChoose() {
		return false, nil
	}
	choices := []engine.Choice{{ID: "keep", Label: "keep it and leave"}, {ID: "again", Label: "call again"}}
	if r != nil {
		choices = append(choices, engine.Choice{ID: "inspect", Label: "inspect the exchange"})
	}
	choices = append(choices, engine.Choice{ID: "connect", Label: "use the gateway elsewhere"}, engine.Choice{ID: "another", Label: "walk another run"}, engine.Choice{ID: "cleanup", Label: "clean up"})
	for {
		a, err := t.Ask(ctx, engine.Question{Name: "next", Kind: engine.Menu, Default: "keep", Prompt: "What now? Enter keeps everything", Answers: "--yes", Choices: choices, Final: true})
		if err != nil {
			return false, err
		}
		switch a {
		case "again":
			return true, nil
		case "inspect":
			t.Tell(Verbatim{text.Clean(r.Request + "\n\n" + t.Redactor.Redact(r.Response))})
		case "connect":
			c, err := t.Connection(ctx)
			if err != nil {
				return false, err
			}
			t.Tell(Verbatim{c.Text()})
		case "another":
			t.Want(Anew)
			return false, nil
		case "cleanup":
			t.Want(CleanUp)
			return false, nil
		default:
			t.Want(Keep)
			return false, nil
		}
	}
}
