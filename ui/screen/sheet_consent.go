package screen

import (
	"fmt"
	"slices"
	"time"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// consentSheet is step 9.
func consentSheet(v view) sheet {
	p, q, st := v.page(), v.asking(), v.status()
	x := v.titled("Give your consent")
	name := steps.Vendor().Name
	said := fmt.Sprintf("Sign in to %s in your browser and choose Allow.", name)
	switch {
	case st.State == engine.Done && p.calls.has("CompleteResourceTokenAuth"):
		said = fmt.Sprintf("The session came back from the consent, and this program completed it. AgentCore Identity keeps the %s token.", name)
	case st.State == engine.Done:
		said = fmt.Sprintf("The consent is given, and AgentCore Identity keeps the %s token.", name)
	case p.link == nil:
		said = fmt.Sprintf("The gateway answers the first call with a link. You open it, sign in to %s and choose Allow; then your browser comes back to this program.", name)
	case p.link.Asks != "":
		said += " " + text.CleanLine(p.link.Asks)
	}
	x.paragraph(lead, said, v.width)
	v.addLink(&x)
	if l := p.link; l != nil {
		addConsentFacts(v, &x, *l)
		if timeLeft(*l, v.now) > 0 {
			v.addTicks(&x, consentTicks(p.wait)...)
		}
	} else if st.State == engine.Running || st.State == engine.Done {
		v.addCalls(&x, "")
	}
	switch {
	case st.State == engine.Waiting:
		x.paragraph(stays, v.whyWaiting(), v.width)
	case q != nil && q.Name == "consent":
		x.box = consentBox(v)
	case q != nil:
		x.box = v.questionBox("", nil)
	case st.State == engine.Ready:
		x.box = &box{title: "Your turn", choices: []choice{{"enter", "ask the gateway for a link", true}}}
	}
	return x
}

// addConsentFacts adds the host, what looks wrong, and how long the link is valid.
func addConsentFacts(v view, x *sheet, l event.Link) {
	var lines, short []string
	host := fact{"Host", text.CleanLine(l.Host)}
	expires := fact{"Expires", "used up, or too old"}
	if left := timeLeft(l, v.now); left > 0 {
		expires.value = "in " + ui.Clock(left) + ", works once"
	}
	if len(l.Warnings) == 0 {
		expected := v.style.tint("✓") + " expected"
		lines, _ = factsPart(v.style, []fact{host, expires}, v.width)
		lines[0] = ui.Pad(lines[0], 51) + "  " + expected
		short = []string{expected + " host     expires " + expires.value}
		if lipgloss.Width(lines[0]) > v.width {
			lines = short
		}
	} else {
		lines, _ = factsPart(v.style, []fact{host, expires}, v.width)
		for _, w := range l.Warnings {
			lines = append(lines, v.marked("!", "Check this link: "+text.CleanLine(w))...)
		}
		short = lines
	}
	x.addShort(facts, lines, short)
	if l.Far != "" {
		x.addShort(drawn, v.marked("", text.Clean(l.Far)), []string{"Browser elsewhere: p pastes its last address."})
	}
}

// timeLeft is how long a link can still be used.
func timeLeft(l event.Link, now time.Time) time.Duration {
	return max(l.Expires.Sub(now).Round(time.Second), 0)
}

// consentTicks are the three stages of the wait.
func consentTicks(wait string) []tick {
	browser, bound := tick{"◐", "waiting for your browser"}, tick{"·", "session not bound yet"}
	switch wait {
	case "the browser came back; binding the session":
		browser, bound = tick{"✓", "your browser came back"}, tick{"◐", "binding the session"}
	case "the session is bound":
		browser, bound = tick{"✓", "your browser came back"}, tick{"✓", "session bound"}
	}
	return []tick{{"✓", "listener ready"}, browser, bound}
}

// consentBox is the question of the wait. Paste comes first where the browser is on
// another machine.
func consentBox(v view) *box {
	words := map[engine.Answer]string{"open": "open it in my browser", "browser-error": "my browser shows an error", "decline": "decline",
		"simulate": "let the simulated person do it"}
	b := v.questionBox("Your turn", words)
	if v.field.typing {
		return b
	}
	order := []string{"enter", "o", "b", "d", "i"}
	slices.SortStableFunc(b.choices, func(x, y choice) int { return slices.Index(order, x.key) - slices.Index(order, y.key) })
	l := v.page().link
	far := l != nil && l.Far != ""
	first, _ := v.primary(*v.asking())
	copies := choice{"c", "copy the link", far && first == "open"}
	if far && first == "open" { // which cannot work from here
		b.choices[0].key, b.choices[0].primary = "o", false
	}
	if far {
		b.choices = append(b.choices, choice{"p", "paste the address", false})
	}
	b.choices = append([]choice{b.choices[0], copies}, b.choices[1:]...)
	return b
}
