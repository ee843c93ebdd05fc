package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/text"
)

func invokeStep() Step {
	return Step{ID: Invoke, Title: "Call as the user", Needs: []ID{Consent}, Foreground: true, Lesson: invokeLesson,
		Does:  "the same tools/call again: your profile",
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
		t.Tell(Note{Result: &result})
		again, err := t.whatNext(ctx, &result)
		if err != nil || !again {
			return err
		}
	}
}

// callWithConsent calls without forcing. A link right after a consent may only
// mean that the vault is not up to date, so it waits a little first; then it
// asks for consent again, where this command may.
func (t *Task) callWithConsent(ctx context.Context, w *awsenv.Environment) (Result, error) {
	for try := 0; ; try++ {
		token, err := t.token(ctx, bearerLeastLife)
		if err != nil {
			return Result{}, err
		}
		result, err := t.callTool(ctx, w, token, false)
		if err == nil {
			return newResult(t.Names.Tool(), result), nil
		}
		var needed *mcp.ElicitationError
		if !errors.As(err, &needed) {
			return Result{}, fail("calling the tool "+t.Names.Tool(), err)
		}
		if try < 2 {
			if err := sleep(ctx, t.Settings.Backoff.First*time.Duration(4*(try+1))); err != nil {
				return Result{}, err
			}
			continue
		}
		if try > 2 || !t.mayConsent() {
			return Result{}, Problem{Doing: "calling the tool " + t.Names.Tool(), Err: errors.New("the gateway asks for consent: no token is stored for this caller"),
				Next: "Consent (again): " + t.Command("run", "consent", "invoke"), Exit: ExitNeedsPerson, Mender: Consent}
		}
		t.say("The gateway asks for consent once more: the stored token is gone or has expired.")
		// A link came without forcing, so there is nothing left to force.
		if err := t.update(func(r *record.Record) {
			delete(r.Steps, string(Consent))
			r.Consent = record.Consent{Round: r.Consent.Round + 1, Open: true, Forced: true}
		}); err != nil {
			return Result{}, err
		}
		if err := consent(ctx, t); err != nil {
			return Result{}, err
		}
		if _, err := t.markDone(consentStep()); err != nil {
			return Result{}, err
		}
	}
}

// mayConsent says whether this command includes the consent step.
func (t *Task) mayConsent() bool {
	return slices.ContainsFunc(t.Settings.Todo, func(s Step) bool { return s.ID == Consent })
}

func newResult(tool string, r mcp.Result) Result {
	x := r.Exchange
	result := Result{Tool: tool, Text: r.Text, RequestID: x.RequestID,
		Request: request(x), Response: response(x)}
	if json.Valid([]byte(r.Text)) {
		result.JSON = json.RawMessage(r.Text)
	}
	var profile map[string]any
	decoder := json.NewDecoder(strings.NewReader(r.Text))
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
func wire(x mcp.Exchange) string { return request(x) + "\n\n" + response(x) }

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
	choices := []Choice{{"k", "keep it and leave"}, {"a", "call again"}}
	if r != nil {
		choices = append(choices, Choice{"i", "inspect the exchange"})
	}
	choices = append(choices, Choice{"e", "use the gateway elsewhere"}, Choice{"w", "walk another run"}, Choice{"x", "clean up"})
	for {
		a, err := t.Ask(ctx, Question{Name: "next", Kind: Menu, Default: "k", Prompt: "What now? Enter keeps everything", Answers: "--yes", Choices: choices, Final: true})
		if err != nil {
			return false, err
		}
		switch a {
		case "a":
			return true, nil
		case "i":
			t.Tell(Note{Raw: text.Clean(r.Request + "\n\n" + t.Redactor.Redact(r.Response))})
		case "e":
			c, err := t.Connection(ctx)
			if err != nil {
				return false, err
			}
			t.Tell(Note{Raw: c.Text()})
		case "w":
			t.Want(Anew)
			return false, nil
		case "x":
			t.Want(CleanUp)
			return false, nil
		default:
			t.Want(Keep)
			return false, nil
		}
	}
}
