package screen

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// mostKeys is how many keys the key line has at most.
const mostKeys = 6

// keyLine is one line with the keys of the present moment.
type keyLine struct {
	style styles
	keys  []key.Binding
}

// Render draws the line. Where it does not fit, keys before the last two, help and
// leave, are left out: help lists them all.
func (l keyLine) Render(width int) string {
	keys := slices.Clone(l.keys)
	for len(keys) > mostKeys || len(keys) > 2 && lipgloss.Width(l.line(keys)) > width-1 {
		keys = slices.Delete(keys, len(keys)-3, len(keys)-2)
	}
	return clip(l.line(keys), width)
}

func (l keyLine) line(keys []key.Binding) string {
	var parts []string
	for _, b := range keys {
		cap := l.style.key.Render(b.Help().Key)
		if b.Help().Key == "enter" {
			cap = l.style.chip.Render(" enter ")
		}
		parts = append(parts, cap+" "+b.Help().Desc)
	}
	line := strings.Join(parts, "   ")
	if strings.HasPrefix(line, l.style.chip.Render(" enter ")) {
		return line
	}
	return " " + line
}

// said is a key with its word in the key line.
func said(label, word string) key.Binding {
	return key.NewBinding(key.WithKeys(label), key.WithHelp(label, word))
}

// moment are the keys of the present moment, without those that the box has.
func (f frame) moment(inBox []choice) []key.Binding {
	switch {
	case f.text.overlay != none:
		return overlayLine(f.text.overlay)
	case f.field.typing:
		return f.fieldLine()
	}
	var keys []key.Binding
	add := func(label, word string) {
		if !slices.ContainsFunc(inBox, func(c choice) bool { return c.key == label }) {
			keys = append(keys, said(label, word))
		}
	}
	st := f.status()
	if word := f.position.enterWord(); word != "" && len(inBox) == 0 {
		add("enter", word)
	}
	if f.looking == steps.Cleanup {
		add("w", "wire")
		if st.State == engine.Done {
			add("l", "log")
		}
		add("?", "keys")
		return append(keys, said("q", "leave"))
	}
	if st.State == engine.Failed {
		add("w", "the exchange")
		add("l", "log")
	}
	finished := f.looking == steps.Invoke && f.works()
	if !finished {
		add("t", "learn more")
	}
	if f.looking == steps.Consent || f.looking == steps.Gateway || f.looking == steps.Target {
		add("s", "sequence")
	}
	if st.State != engine.Failed && f.looking != steps.Overview {
		add("w", "wire")
	}
	if finished {
		add("s", "sequence")
		add("m", "mask")
	}
	if p := f.page(); p.link != nil && p.link.URL != "" {
		add("u", "plain link")
	}
	if len(f.m.Steps()) > 1 && f.looking != steps.Consent {
		add("← →", "steps")
	}
	add("?", "keys")
	return append(keys, said("q", "leave"))
}

// fieldLine are the keys while a field has the focus.
func (f frame) fieldLine() []key.Binding {
	keys := []key.Binding{said("enter", "send")}
	switch q := f.asking(); {
	case q == nil:
	case q.Secret:
		word := "show"
		if f.field.shown() {
			word = "hide"
		}
		keys = append(keys, said("ctrl+r", word))
	case f.looking == steps.App:
		keys = []key.Binding{said("enter", "next field")}
	}
	return append(keys, said("esc", "leave the field"))
}

// isScrolling says that a key moves a text, which is nothing to offer where all of it is shown.
func isScrolling(b key.Binding) bool { return b.Help().Desc == "scroll" || b.Help().Desc == "page" }

// overlayLine are the keys of what lies over the page.
func overlayLine(o overlay) []key.Binding {
	back := said("esc", "back")
	switch o {
	case leaving, again:
		return []key.Binding{back}
	case symptomList:
		return []key.Binding{said("↑↓ or number", "pick"), said("esc", "back")}
	case wireList:
		return []key.Binding{said("↑↓", "move"), said("enter", "look inside"), said("/", "filter"), said("s", "sequence"), said("?", "keys"), back}
	case sequence:
		return []key.Binding{said("↑↓", "move"), said("enter", "the exchange"), said("w", "wire"), said("t", "learn more"), said("?", "keys"), back}
	case exchange:
		return []key.Binding{said("c", "copy as a command"), said("↑↓", "scroll"), said("← →", "exchanges"), said("?", "keys"), back}
	case reading:
		return []key.Binding{said("↑↓", "scroll"), said("space", "page"), said("s", "sequence"), back}
	case showing:
		return []key.Binding{said("c", "copy"), said("↑↓", "scroll"), said("space", "page"), back}
	}
	return []key.Binding{said("↑↓", "scroll"), said("space", "page"), back}
}
