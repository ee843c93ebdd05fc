package screen

import (
	"maps"
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/ui"
)

// mask hides account, e-mail and subject, for a projector.
type mask struct {
	on      bool
	private []string
}

// maskFor is the mask of a run, and of the result that was shown, if any.
func maskFor(now ui.State, shown event.Result) mask {
	private := []string{now.Environment.Account}
	for _, key := range shown.Private {
		if v, ok := shown.Profile[key].(string); ok {
			private = append(private, v)
		}
	}
	return mask{now.Masked, slices.DeleteFunc(private, func(s string) bool { return s == "" })}
}

// hide replaces what is private.
func (m mask) hide(text string) string {
	if !m.on {
		return text
	}
	for _, s := range m.private {
		text = strings.ReplaceAll(text, s, strings.Repeat("•", len([]rune(s))))
	}
	return text
}

// result hides a profile's values before it is broken into the lines of a card.
func (m mask) result(r event.Result) event.Result {
	profile := maps.Clone(r.Profile)
	for key, value := range profile {
		if text, ok := value.(string); ok {
			profile[key] = m.hide(text)
		}
	}
	r.Profile, r.Text = profile, m.hide(r.Text)
	return r
}

// lay is text as it is on a page: masked while it is in one piece, then
// folded.
func (m mask) lay(text string, width int) string { return ui.Fold(m.hide(text), width) }
