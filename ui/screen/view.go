package screen

import (
	"cmp"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/words"
)

// view is what a page is drawn from.
type view struct {
	walk
	run      ui.Run
	style    styles
	mask     mask
	field    *field
	flash    string    // the last thing a key did
	width    int       // of the page, in columns
	symptoms picker    // in the list of what the browser may show
	back     engine.ID // where Enter leads, after something was fixed here; "" = nowhere else
	times    []string  // where the time went
}

// sheets draw the steps' pages.
var sheets = map[engine.ID]func(view) sheet{
	steps.Overview: overviewSheet, steps.Prerequisites: prerequisitesSheet, steps.Inbound: workSheet, steps.Gateway: workSheet,
	steps.App: appSheet, steps.Provider: workSheet, steps.Register: registerSheet, steps.Target: workSheet,
	steps.Consent: consentSheet, steps.Invoke: invokeSheet, steps.Cleanup: cleanupSheet,
}

// sheet is the page on the screen.
func (v view) sheet() sheet {
	st := v.status()
	var x sheet
	if st.State == engine.Failed {
		x = failureSheet(v)
	} else if draw := sheets[v.looking]; draw != nil {
		x = draw(v)
	} else {
		x = workSheet(v)
	}
	if st.State == engine.Stale {
		x.parts = append([]part{{lines: wrapped("Out of date: "+st.Reason+".", v.width), rank: stays}}, x.parts...)
	}
	if v.looking != steps.Cleanup || st.State != engine.Done { // what was deleted is on the page already
		v.addNews(&x)
	}
	if x.box == nil {
		x.box = v.nextBox()
	}
	return x
}

// titled begins a page with its number and title.
func (v view) titled(title string) sheet {
	if n := number(v.looking); n != "" {
		title = ui.Pad(n, 2) + " " + title
	}
	return sheet{title: v.style.title.Render(title)}
}

// addNews adds what was said since the last answer, in the order in which it came.
func (v view) addNews(x *sheet) {
	if st := v.status().State; st == engine.Failed || st == engine.Stale {
		return
	}
	var lines []string
	for _, n := range v.page().fresh(3) {
		lines = append(lines, v.marked(n.mark, n.text)...)
	}
	for _, c := range v.page().changes {
		if c.Found != event.Deleted && c.Found != event.Left {
			lines = append(lines, v.marked("!", words.Line(c))...)
		}
	}
	x.add(drawn, lines...)
}

// marked is a text with its sign. Commands in it keep their lines.
func (v view) marked(mark, said string) []string {
	var lines []string
	indent := ""
	if mark != "" {
		indent = "  "
	}
	for line := range strings.SplitSeq(v.mask.hide(said), "\n") {
		for _, piece := range wrapped(line, v.width-len(indent)) {
			lines = append(lines, indent+piece)
		}
	}
	if mark != "" {
		lines[0] = v.style.tint(mark) + " " + lines[0][2:]
	}
	return lines
}

// addFacts adds a table of facts.
func (v view) addFacts(x *sheet, all ...fact) {
	for i := range all {
		all[i].value = v.mask.hide(all[i].value)
	}
	lines, short := factsPart(v.style, all, v.width)
	x.addShort(facts, lines, short)
}

// pageFacts are the facts that the step told.
func (v view) pageFacts() []fact {
	var all []fact
	for _, f := range v.page().facts {
		value := f.Value
		if f.Private && v.mask.on {
			value = strings.Repeat("•", 12)
		}
		if f.Note != "" {
			value += ", " + f.Note
		}
		all = append(all, fact{f.Label, value})
	}
	return all
}

// addCalls adds the calls of the page's step.
func (v view) addCalls(x *sheet, takes string) {
	lines, short := v.page().calls.part(v.style, v.status(), takes, v.now, v.width)
	x.addShort(progress, lines, short)
}

// questionBox is the open question of the page, or nil. label renames choices that
// the page explains by itself; those without a name are left out.
func (v view) questionBox(title string, label map[engine.Answer]string) *box {
	q := v.asking()
	if q == nil {
		return nil
	}
	b := &box{title: title, refusal: v.field.refusal}
	switch {
	case v.field.typing && q.Kind == engine.Menu:
		b.title, b.lines = "Paste the address where the browser ended", []string{v.field.Render(v.width - 4)}
		return b
	case q.Kind == engine.Text:
		b.lines = v.fields(*q)
		b.choices = v.formChoices()
		return b
	}
	if b.title == "" {
		b.title = prompt(*q)
	}
	primary, byEnter := v.primary(*q)
	for _, c := range ui.Options(*q) {
		words, named := c.Label, true
		if label != nil {
			words, named = label[c.ID]
		}
		if !named {
			continue
		}
		key := ui.KeyOf(c.ID)
		if c.ID == primary && byEnter {
			key = "enter"
		}
		b.choices = append(b.choices, choice{key, words, c.ID == primary})
	}
	if q.Kind == engine.Pause {
		b.choices = []choice{{"enter", cmp.Or(label[q.Default], "go on"), true}}
	}
	return b
}

// prompt is a question's, as a title.
func prompt(q engine.Question) string {
	said := text.CleanLine(q.Prompt)
	if q.Kind == engine.Confirm && !strings.HasSuffix(said, "?") {
		said += "?"
	}
	return said
}

// fields are those of a question for text, with what it says about them.
func (v view) fields(q engine.Question) []string {
	var lines []string
	for _, help := range q.Help {
		lines = append(lines, wrapped(help, v.width-4)...)
	}
	name := q.Prompt
	if q.Secret && v.field.EchoMode == textinput.EchoNormal {
		name += " (shown)"
	}
	return append(lines, v.entry(name, v.field.Render(v.width-8-min(len(name), 24)))...)
}

// entry is a field with its label, on two lines where one is too short.
func (v view) entry(label, value string) []string {
	if v.width < 60 {
		return []string{label, value}
	}
	return []string{ui.Pad(label, 22) + " " + value}
}

// formChoices are the keys of a form.
func (v view) formChoices() []choice {
	if v.field.typing {
		return nil // the key line has them
	}
	return []choice{{"enter", "fill in", true}}
}

// primary is the choice that the question's main key makes, and whether that key is
// Enter: Enter does no harm, so it neither creates nor deletes in AWS, nor opens a link
// that a server sent.
func (v view) primary(q engine.Question) (id engine.Answer, byEnter bool) {
	sandbox := v.run.Now().Environment.Sandbox
	switch q.Name {
	case "round_trip":
		if len(q.Help) > 2 { // no browser here: the page says what to do, and the sandbox needs none
			return "skip", sandbox
		}
		if v.page().opened { // once is enough to try it
			return "skip", true
		}
		return "open", true
	case "plan":
		return engine.Yes, sandbox
	case "cleanup", "recreate", "decline":
		return engine.Yes, false
	case "consent":
		link := v.page().link
		good := sandbox && link != nil && len(link.Warnings) == 0
		if good && v.run.NoDisplay {
			return "simulate", true
		}
		return "open", good
	}
	return q.Default, q.Default != ""
}

// nextBox is the box of a page without a question: what Enter does now. A page that
// needs nothing has none.
func (v view) nextBox() *box {
	st := v.status()
	if v.back != "" && st.State == engine.Done {
		return &box{title: "Fixed", choices: []choice{{"enter", fmt.Sprintf("back to step %d", steps.Number(v.back)), true}}}
	}
	if st.State != engine.Ready && st.State != engine.Stale {
		return nil
	}
	return &box{title: "Your turn", choices: []choice{{"enter", v.enterWord(), true}}}
}

// enterDoes is what Enter does on the page; "" = nothing.
func (v view) enterDoes() string {
	b := v.sheet().box
	if b == nil {
		return v.enterWord()
	}
	for _, c := range b.choices {
		if c.key == "enter" {
			return c.label
		}
	}
	return ""
}
