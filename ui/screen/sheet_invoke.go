package screen

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

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
	if !v.works() {
		x := v.titled("Call the tool")
		x.paragraph(lead, fmt.Sprintf("The program calls the tool again. Now the vault has your token, so the gateway calls %s and returns your profile.", name), v.width)
		if st.State == engine.Waiting {
			x.paragraph(stays, v.whyWaiting(), v.width)
		}
		if st.State == engine.Running {
			v.addCalls(&x, "")
		}
		if x.box = v.questionBox("", nextWords()); x.box != nil && v.asking().Name == "next" {
			x.box.title = "What next"
			x.box.choices = append(x.box.choices, choice{"r", "what you learned", false})
		}
		if st.State == engine.Ready {
			x.box = &box{title: "Your turn", choices: []choice{{"enter", "call the tool", true}}}
		}
		return x
	}
	x := v.titled("It works")
	x.paragraph(lead, fmt.Sprintf("The gateway called %s on behalf of the user who consented.", name), v.width)
	addResult(v, &x, *p.result)
	x.add(progress, v.times...)
	x.box = v.questionBox("What next", nextWords())
	if x.box == nil && st.State == engine.Done {
		x.box = &box{title: "What next", choices: []choice{{"enter", finishWord, true}, {"a", "call again", false},
			{"r", "what you learned", false}, {"x", "clean up", false}}}
	} else if x.box != nil && v.asking().Name == "next" {
		x.box.choices = append(x.box.choices, choice{"r", "what you learned", false})
	}
	return x
}

// works says that the tool has returned a result, and that nothing has changed since.
func (v view) works() bool {
	switch v.status().State {
	case engine.Ready, engine.Waiting, engine.Stale:
		return false
	}
	return v.page().result != nil
}

const finishWord = "keep it and leave"

// nextWords are the choices after the call.
func nextWords() map[engine.Answer]string {
	return map[engine.Answer]string{"keep": finishWord, "again": "call again", "connect": "use it from an agent", "cleanup": "clean up",
		engine.Yes: "yes", engine.No: "no"}
}

// addResult adds what the tool returned: name and value, without a right border.
func addResult(v view, x *sheet, r event.Result) {
	r = v.mask.result(r)
	var rows []fact
	if r.Profile == nil {
		x.paragraph(stays, text.Clean(ui.Shortened(r.Text, 2<<10)), v.width)
	} else {
		rows = profile(r.Profile)
	}
	tries := v.page().tries
	if i := len(tries) - 1; i >= 0 {
		said := fmt.Sprintf("%d ms", tries[i].took.Milliseconds())
		switch {
		case i > 0 && tries[i].same:
			said += fmt.Sprintf(", same profile as call %d (%d ms), no consent needed", i, tries[i-1].took.Milliseconds())
		case i > 0:
			said += ", another profile than before"
		}
		rows = append(rows, fact{fmt.Sprintf("Call %d", i+1), said})
	}
	column := labels(rows)
	picture := slices.IndexFunc(rows, func(f fact) bool { return f.label == "Picture" })
	var last []fact
	if picture >= 0 { // it is long, and nobody reads it
		last = []fact{rows[picture]}
		rows = slices.Delete(rows, picture, picture+1)
	}
	lines, short := factsAt(v.style, rows, column, v.width)
	x.addShort(facts, lines, short)
	lines, _ = factsAt(v.style, last, column, v.width)
	x.add(extra, lines...)
	if beside := strings.TrimSpace(r.Beside); beside != "" {
		x.paragraph(drawn, text.Clean(ui.Shortened(beside, 1<<10)), v.width)
	}
}

// claim is the name of a claim as a label.
func claim(name string) string {
	name = text.CleanLine(strings.ReplaceAll(name, "_", " "))
	if r := []rune(name); len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
		return string(r)
	}
	return name
}

// profile are the claims of a profile (OpenID Connect Core 1.0, section 5.1) as people
// read them: names that are in the whole name are not repeated.
func profile(p map[string]any) []fact {
	var rows []fact
	used := map[string]bool{"email_verified": true}
	said := map[string]string{}
	for _, row := range ui.ProfileRows(p) {
		said[row[0]] = row[1]
	}
	add := func(label, key, beside string) {
		if value, ok := said[key]; ok {
			rows, used[key] = append(rows, fact{label, strings.TrimRight(value+"   "+beside, " ")}), true
		}
	}
	verified := ""
	if said["email_verified"] == "true" {
		verified = "✓ verified"
	}
	locale, _ := p["locale"].(map[string]any)
	language := strings.Trim(fmt.Sprintf("%v-%v", locale["language"], locale["country"]), "-")
	used["locale"] = locale["language"] != nil && locale["country"] != nil
	if !used["locale"] {
		language = ""
	}
	add("Name", "name", "")
	add("Email", "email", verified)
	add("ID", "sub", "")
	if language != "" {
		rows = append(rows, fact{"Locale", language})
	}
	for _, key := range []string{"given_name", "family_name"} {
		used[key] = strings.Contains(said["name"], said[key])
	}
	for _, row := range ui.ProfileRows(p) {
		if !used[row[0]] {
			rows = append(rows, fact{claim(row[0]), row[1]})
		}
	}
	return rows
}
