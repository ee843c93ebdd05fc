package screen

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps/engine"
)

// keyLine is one line with the keys of the present moment.
type keyLine struct {
	style styles
	keys  []key.Binding
}

// Render draws the line. Where it does not fit, keys before the last two, help
// and leave, are left out: help lists them all.
func (l keyLine) Render(width int) string {
	h := help.New()
	h.ShortSeparator = "  "
	h.Styles = help.Styles{ShortKey: l.style.key}
	keys := slices.Clone(l.keys)
	for len(keys) > 3 && lipgloss.Width(h.ShortHelpView(keys)) > width-1 {
		keys = slices.Delete(keys, len(keys)-3, len(keys)-2)
	}
	return " " + h.ShortHelpView(keys)
}

// said is a key with its word in the key line.
func said(label, word string) key.Binding {
	return key.NewBinding(key.WithKeys(label), key.WithHelp(label, word))
}

// named are the keys of a table that have a word in the key line, those alone that
// are named where there are names.
func named(table []binding, s *Screen, labels ...string) []key.Binding {
	var all []key.Binding
	for _, b := range table {
		label := b.Help().Key
		if b.word == "" || b.when != nil && !b.when(s) || len(labels) > 0 && !slices.Contains(labels, label) {
			continue
		}
		label, _, _ = strings.Cut(label, ",") // of several keys the first
		all = append(all, said(label, b.word))
	}
	return all
}

// choices are the keys of a question that an overlay asks.
func (s *Screen) choices() []key.Binding {
	var all []key.Binding
	for _, b := range overlayKeys(s.text.overlay) {
		if b.Help().Desc != "" && (b.when == nil || b.when(s)) {
			all = append(all, b.Binding)
		}
	}
	return all
}

// moment are the keys of the present moment.
func (s *Screen) moment() []key.Binding {
	switch {
	case s.text.overlay != none:
		return named(overlayKeys(s.text.overlay), s)
	case s.field.typing:
		return named(fieldKeys(), s)
	}
	var keys []key.Binding
	if word := s.position.enterWord(); word != "" {
		keys = append(keys, said("enter", word))
	}
	st, p := s.status(), s.page()
	if p.link != nil && p.link.URL != "" {
		switch {
		case p.link.Open != "":
			keys = append(keys, said("o", "open portal"))
		case !offers(st.Question, "o"):
			keys = append(keys, named(pageKeys(), s, "o")...)
		}
		keys = append(keys, named(pageKeys(), s, "c", "u")...)
	}
	if len(s.m.Steps()) > 1 {
		keys = append(keys, said("←→", "steps"))
	}
	if st.State == engine.Done {
		keys = append(keys, named(pageKeys(), s, "r")...)
	}
	if s.acting() {
		keys = append(keys, named(pageKeys(), s, "t")...)
	}
	return append(keys, named(pageKeys(), s, "l", "?", "q, ctrl+c")...)
}
