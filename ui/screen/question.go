package screen

import (
	"strings"

	"charm.land/bubbles/v2/textinput"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// questionBox is a question with its choices and its field.
type questionBox struct {
	style    styles
	question *engine.Question
	field    *field
}

func (b questionBox) lines(width int) []string {
	q := *b.question
	var lines []string
	for _, h := range q.Help {
		lines = append(lines, paragraph(h, width))
	}
	lines = append(lines, b.style.title.Render(paragraph("? "+b.prompt(q), width)))
	lines = append(lines, flow(b.choices(q), width)...)
	if b.field.typing {
		lines = append(lines, b.field.Render(width))
	}
	if b.field.refusal != "" {
		lines = append(lines, b.style.bad.Render(paragraph("✗ "+b.field.refusal, width)))
	}
	return lines
}

func (b questionBox) choices(q engine.Question) []string {
	var choices []string
	for _, c := range ui.Options(q) {
		key := ui.KeyOf(c.ID)
		if c.ID == q.Default {
			key += " or enter"
		}
		choices = append(choices, b.style.key.Render(key)+" "+c.Label)
	}
	if pastes(&q) && !b.field.typing && q.Back == "" {
		choices = append(choices, b.style.key.Render(pasteKey)+" paste")
	}
	return choices
}

// prompt is a question's, without what the keys say.
func (b questionBox) prompt(q engine.Question) string {
	switch {
	case q.Secret && b.field.EchoMode == textinput.EchoNormal:
		return q.Prompt + " (shown):"
	case q.Secret:
		return q.Prompt + " (not shown):"
	case q.Kind == engine.Text:
		return q.Prompt + ":"
	case q.Kind == engine.Confirm && !strings.HasSuffix(q.Prompt, "?"):
		return q.Prompt + "?"
	}
	return q.Prompt
}

// pastes says that the question takes an address besides its choices.
func pastes(q *engine.Question) bool {
	return q != nil && q.Kind == engine.Menu && q.Check != nil
}

// offers says whether the question has a choice with that key.
func offers(q *engine.Question, key string) bool {
	if q == nil {
		return false
	}
	_, ok := ui.ChoiceFor(*q, key)
	return ok
}
