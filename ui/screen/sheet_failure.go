package screen

import (
	"cmp"
	"fmt"
	"strings"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// failureSheet is a step that failed: what was being done, why it failed, and the
// fix, which is never the same attempt.
func failureSheet(v view) sheet {
	st := v.status()
	f := *st.Failure
	x := v.titled("")
	mark, doing := v.style.tint("✗")+" ", "Failed while "+text.CleanLine(f.Doing)
	if declined(st) {
		mark, doing = "", "Stopped while "+text.CleanLine(f.Doing)
	}
	title := wrapped(v.mask.hide(doing), v.width-6)
	bold := v.style.title.Render // but not with the mark's color, which some terminals then make another one
	x.title = bold(ui.Pad(number(v.looking), 2)+" ") + mark + bold(title[0]) + strings.TrimRight("\n"+strings.Join(title[1:], "\n"), "\n")
	var why []string
	for line := range strings.SplitSeq(v.mask.hide(text.Clean(f.Why.Message)), "\n") {
		why = append(why, wrapped(line, v.width)...)
	}
	x.add(stays, why...)
	var rows []fact
	if from := strings.Trim(f.Why.Service+", "+f.Why.Code, ", "); from != "" {
		rows = append(rows, fact{"From", from})
	}
	if f.Why.RequestID != "" {
		rows = append(rows, fact{"Request", f.Why.RequestID})
	}
	if f.Log != "" {
		rows = append(rows, fact{"Log", f.Log})
	}
	v.addFacts(&x, rows...)
	var next []string
	for line := range strings.SplitSeq(v.mask.hide(text.Clean(f.Next)), "\n") {
		if strings.Contains(line, v.run.Command("walk")) { // here, a key does that
			continue
		}
		if strings.HasPrefix(line, " ") || line == "{" || line == "}" { // a policy keeps its lines
			next = append(next, line)
			continue
		}
		next = append(next, wrapped(line, v.width)...)
	}
	x.add(stays, next...)
	x.box = &box{title: "Fix it"}
	if declined(st) {
		x.box.title = "Your turn"
	}
	again := choice{"a", "try again as it is", false}
	if fix := f.Fix; fix != "" && v.pages[fix] != nil {
		x.box.choices = []choice{{"enter", fixWord(fix), true}, again}
		return x
	}
	x.box.choices = []choice{{"enter", cmp.Or(declinedWord(v), "try again, when you have done that"), true}}
	return x
}

// fixWord says where the fix is, and how the person gets back.
func fixWord(id engine.ID) string {
	what := map[engine.ID]string{steps.App: ", enter both again", steps.Register: ", register the callback URL"}[id]
	return fmt.Sprintf("go to step %d%s", steps.Number(id), what)
}

func declinedWord(v view) string {
	if declined(v.status()) {
		return "ask again"
	}
	return ""
}
