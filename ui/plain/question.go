package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	fmt.Fprint(out, ui.RenderQuestion(q))
	p.mu.Unlock()
	defer p.release()
	for {
		typed, err := p.typed(ctx, q)
		if err != nil {
			fmt.Fprintln(out) // the prompt stands alone: the question is withdrawn
			if errors.Is(err, terminal.ErrEnded) {
				err = engine.NeedsPerson{Questions: []engine.Question{q}}
			}
			return "", err
		}
		a := ui.TypedChoice(q, strings.TrimSpace(typed))
		if a == "" {
			a = q.Default
		}
		if complaint := ui.Refusal(q, a); complaint != "" {
			fmt.Fprintf(out, "  ✗ %s\n%s", complaint, ui.Prompt(q))
			continue
		}
		return a, nil
	}
}

func (p *FrontEnd) typed(ctx context.Context, q engine.Question) (string, error) {
	if !q.Secret {
		return p.terminal.In.Line(ctx)
	}
	secret, err := p.terminal.In.Masked(ctx, func() { fmt.Fprint(p.terminal.Out, ui.Prompt(q)) })
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
		io.WriteString(p.terminal.Out, s)
	}
	p.held = nil
}

// beginQuestion waits for the person before a step.
func beginQuestion(id engine.ID) engine.Question {
	s, _ := steps.Find(id)
	return engine.Question{Name: "begin", Kind: engine.Pause, Default: engine.Yes, Answers: "--pace auto", Prompt: fmt.Sprintf("Next: %d  %s. Enter begins", steps.Number(id), s.Title)}
}
