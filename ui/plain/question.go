package plain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// Put puts one question at a time, and waits for the answer; other lines wait
// meanwhile. Where input has ended it returns engine.NeedsPerson.
func (p *FrontEnd) Put(ctx context.Context, q engine.Question) (engine.Answer, error) {
	in, out := p.terminal.In, p.terminal.Out
	give, err := in.Turn(ctx)
	if err != nil {
		return "", err
	}
	defer give()
	p.mu.Lock()
	p.open = true
	width := p.terminal.Width
	asking := prompt(q, width)
	if whole := questionText(q, width); !p.asked[whole] {
		p.asked[whole] = true
		p.write(whole)
	} else if q.Kind == engine.Menu { // it is put again: its choices are known
		asking = strings.Replace(asking, "Choice", "Choice (? lists them)", 1)
		if p.last != q.Name {
			p.write(paragraph(sentence(q.Prompt), width))
		}
	}
	p.last = q.Name
	p.mu.Unlock()
	defer p.release()
	for {
		typed, err := p.typed(ctx, q, asking)
		if err != nil {
			fmt.Fprintln(out) // the prompt stands alone: the question is withdrawn
			if errors.Is(err, terminal.ErrEnded) {
				err = engine.NeedsPerson{Questions: []engine.Question{q}}
			}
			return "", err
		}
		typed = strings.TrimSpace(typed)
		a := cmp.Or(ui.TypedChoice(q, typed), q.Default)
		switch complaint := ui.Refusal(q, a); {
		case q.Kind == engine.Menu && typed == "?":
			fmt.Fprint(out, choicesText(q, width))
		case typed == "" && waits(q) || typed == wait && waits(q):
			fmt.Fprint(out, "Still waiting.\n")
		case complaint != "":
			fmt.Fprint(out, paragraph("Not accepted: "+sentence(complaint), width))
		default:
			return a, nil
		}
	}
}

// typed writes the prompt and reads a line.
func (p *FrontEnd) typed(ctx context.Context, q engine.Question, asking string) (string, error) {
	prompt := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.write(asking)
	}
	if !q.Secret {
		prompt()
		return p.terminal.In.Line(ctx)
	}
	secret, err := p.terminal.In.Masked(ctx, prompt)
	if err == nil {
		fmt.Fprintln(p.terminal.Out) // the person's Enter was not echoed
	}
	return secret, err
}

// release writes what was held back.
func (p *FrontEnd) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = false
	for _, s := range p.held {
		p.write(s)
	}
	p.held = nil
}

// wait is what Enter means at a question that something else may settle.
const wait = "wait"

func waits(q engine.Question) bool { return q.Kind == engine.Menu && q.Waits && q.Default == "" }

// questionText is what comes before the line on which a question is answered.
func questionText(q engine.Question, width int) string {
	out := "\n"
	if len(q.Help) > 0 {
		out += note(strings.Join(q.Help, "\n"), width)
	}
	if q.Kind == engine.Menu {
		out += paragraph(sentence(q.Prompt), width)
	}
	return out + choicesText(q, width)
}

// choicesText lists the choices of a menu: numbered ones on a line each, others in
// one line.
func choicesText(q engine.Question, width int) string {
	var words []string
	numbered := false
	for _, c := range q.Choices {
		switch {
		case strings.Trim(string(c.ID), "0123456789") == "":
			numbered = true
			words = append(words, fmt.Sprintf("%s: %s", c.ID, c.Words()))
		case c.Label == string(c.ID):
			words = append(words, c.Label)
		default:
			words = append(words, fmt.Sprintf("%s (%s)", c.ID, c.Words()))
		}
	}
	if numbered {
		return note(strings.Join(words, "\n"), width)
	}
	if len(words) == 0 {
		return ""
	}
	return strings.TrimPrefix(ui.Wrap("Choices: "+strings.Join(words, ", "), width, "  "), "  ")
}

// prompt is the line on which a question is answered, with its default in brackets.
func prompt(q engine.Question, width int) string {
	byDefault := string(q.Default)
	ask := q.Prompt
	switch {
	case q.Kind == engine.Menu:
		ask = "Choice"
		if waits(q) {
			byDefault = wait
		}
	case q.Kind == engine.Confirm:
		ask += " Yes or no"
	case q.Kind == engine.Pause:
		byDefault = ""
	case q.Secret:
		ask += " (not shown)"
	}
	if byDefault != "" {
		ask += " [" + byDefault + "]"
	}
	return strings.TrimSuffix(paragraph(ask+":", width), "\n") + " "
}

// beginQuestion waits for the person before a step.
func beginQuestion(id engine.ID) engine.Question {
	s, _ := steps.Find(id)
	return engine.Question{Name: "begin", Kind: engine.Pause, Default: engine.Yes, Answers: "--pace auto", Prompt: fmt.Sprintf("Next: step %d, %s. Enter begins", steps.Number(id), s.Title)}
}
