package screen

import (
	"fmt"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// invokeSheet is step 10: the call, and the profile.
func invokeSheet(v view) sheet {
	p, st := v.page(), v.status()
	name := steps.Vendor().Name
	if p.result == nil || st.State == engine.Stale {
		x := v.titled("Call the tool")
		x.paragraph(lead, fmt.Sprintf("The same call as in step %d. Now the vault has your token, so the gateway calls %s and returns your profile.", steps.Number(steps.Consent), name), v.width)
		if st.State == engine.Waiting {
			x.paragraph(stays, v.whyWaiting(), v.width)
		}
		v.addCalls(&x, "")
		if x.box = v.questionBox("", v.nextWords()); x.box != nil && v.asking().Name == "next" {
			x.box.title = "What next"
		}
		if st.State == engine.Ready {
			x.box = &box{title: "Your turn", choices: []choice{{"enter", "call the tool", true}}}
		}
		return x
	}
	x := v.titled("It works")
	x.paragraph(lead, fmt.Sprintf("The gateway called %s on behalf of the user who consented.", name), v.width)
	v.addResult(&x, *p.result)
	x.add(progress, v.times...)
	x.box = v.questionBox("What next", v.nextWords())
	if x.box == nil && st.State == engine.Done {
		x.box = &box{title: "What next", choices: []choice{{"enter", v.finishWord(), true}, {"a", "call again", false}, {"e", "use it from an agent", false},
			{"r", "what you learned", false}, {"x", "clean up", false}}}
	} else if x.box != nil && v.asking().Name == "next" {
		x.box.choices = append(x.box.choices, choice{"r", "what you learned", false})
	}
	return x
}

func (v view) finishWord() string { return "keep it and leave" }

// nextWords are the choices after the call.
func (v view) nextWords() map[engine.Answer]string {
	return map[engine.Answer]string{"keep": v.finishWord(), "again": "call again", "connect": "use it from an agent", "cleanup": "clean up",
		engine.Yes: "yes", engine.No: "no"}
}

// addResult adds what the tool returned: name and value, without a right border.
func (v view) addResult(x *sheet, r event.Result) {
	r = v.mask.result(r)
	if r.Profile == nil {
		x.paragraph(stays, text.Clean(ui.Shortened(r.Text, 2<<10)), v.width)
	} else {
		var rows []fact
		for _, row := range ui.ProfileRows(r.Profile) {
			rows = append(rows, fact{row[0], row[1]})
		}
		lines, short := factsPart(v.style, rows, v.width)
		x.addShort(stays, lines, short)
	}
	var calls []fact
	tries := v.page().tries
	for i, t := range tries {
		said := fmt.Sprintf("%d ms", t.took.Milliseconds())
		switch {
		case i > 0 && t.same:
			said += fmt.Sprintf(", same profile as call %d (%d ms), no consent needed", i, tries[i-1].took.Milliseconds())
		case i > 0:
			said += ", another profile than before"
		}
		calls = append(calls, fact{fmt.Sprintf("Call %d", i+1), said})
	}
	if len(calls) > 0 {
		lines, _ := factsPart(v.style, calls[len(calls)-1:], v.width)
		x.parts[len(x.parts)-1].lines = append(x.parts[len(x.parts)-1].lines, lines...)
	}
	if beside := strings.TrimSpace(r.Beside); beside != "" {
		x.paragraph(drawn, text.Clean(ui.Shortened(beside, 1<<10)), v.width)
	}
}
