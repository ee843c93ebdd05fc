package screen

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// cleanupSheet is the question, and then what was deleted.
func cleanupSheet(v view) sheet {
	st := v.status()
	switch {
	case st.State == engine.Done && len(v.page().changes) > 0:
		return cleanedSheet(v)
	case v.asking() != nil && v.asking().Name == "cleanup":
		return deletionSheet(v)
	}
	x := v.titled("Delete what this run created")
	said := "The program looks up what exists, shows it, and asks. Nothing is deleted before your yes."
	if len(v.page().items) > 0 {
		said = "Deleting, and looking each resource up again afterwards."
	}
	x.paragraph(lead, said, v.width)
	v.addCalls(&x, "")
	x.box = v.questionBox("", nil)
	if st.State == engine.Ready {
		x.box = &box{title: "Your turn", choices: []choice{{"enter", "show what would be deleted", true}}}
	}
	if st.State == engine.Done {
		x.box = leaveBox()
	}
	return x
}

// deletionSheet asks before anything is deleted.
func deletionSheet(v view) sheet {
	now := v.run.Now()
	x := v.titled("Delete what this run created")
	var kinds []string
	for _, m := range slices.Backward(now.Made) {
		kinds = append(kinds, withContents(m.Kind))
	}
	v.addFacts(&x, fact{"Deletes", strings.Join(kinds, ", ")}, fact{"Keeps", "the record, the journal and the log of this run, on this computer"})
	v.addFacts(&x, byYou(now.Environment.Sandbox)...)
	where := "in the sandbox"
	if !now.Environment.Sandbox {
		x.add(facts, pairs(v.style, []fact{{"Account", v.mask.hide(now.Environment.Account)}, {"Region", now.Environment.Region}}, v.width)...)
		where = "in AWS account " + v.mask.hide(now.Environment.Account)
	}
	n := len(v.page().items)
	these := "these " + text.Count(n, "resource")
	if n == 1 {
		these = "this resource"
	}
	x.box = v.questionBox(fmt.Sprintf("Delete %s %s?", these, where), map[engine.Answer]string{engine.Yes: "yes, delete them", engine.No: "no, keep everything"})
	x.box.choices = append(x.box.choices, choice{"v", "names and details", false})
	return x
}

// withContents is a kind with what is deleted with it.
func withContents(kind string) string {
	if kind == provision.Provider {
		return shortTitle(kind) + " with the user's token"
	}
	return shortTitle(kind)
}

// byYou is what no call of this program removes.
func byYou(inSandbox bool) []fact {
	vendor := steps.Vendor()
	if inSandbox {
		return []fact{{"App", "stays in the sandbox's portal; at " + vendor.Name + ", you would delete it yourself"},
			{"Consent", "at " + vendor.Name + ", it would stay, too, until you remove it"}}
	}
	return []fact{{"By you", fmt.Sprintf("the %s app: delete it at %s", vendor.Name, vendor.Portal)}, {"", "your consent: " + vendor.Permissions}}
}

// cleanedSheet is what was deleted and verified, and what is left.
func cleanedSheet(v view) sheet {
	p, now := v.page(), v.run.Now()
	var gone []string
	var left []event.Change
	for _, c := range p.changes {
		switch c.Found {
		case event.Deleted:
			gone = append(gone, v.style.tint("✓")+" "+shortTitle(c.Kind))
		case event.Left:
			left = append(left, c)
		}
	}
	place, title := "AWS", "Nothing is left in AWS"
	if now.Environment.Sandbox { // where the app is left
		place, title = "the sandbox", "Nothing that this run created is left"
	}
	if len(left) > 0 {
		title = text.Count(len(left), "resource") + " left in " + place
	}
	x := sheet{title: v.style.title.Render(title)}
	x.paragraph(lead, fmt.Sprintf("Deleted %d of %s. Each was looked up again afterwards.", len(gone), text.Count(len(gone)+len(left), "resource")), v.width)
	x.add(stays, flowing("Deleted   ", gone, "   ", v.width)...)
	for _, c := range left {
		x.add(stays, v.marked("!", "left: "+provision.Title(c.Kind)+" "+c.Name+": "+c.Reason)...)
	}
	v.addFacts(&x, append([]fact{{"Kept", "the record, the journal and the log of this run, on this computer"}}, byYou(now.Environment.Sandbox)...)...)
	x.box = leaveBox()
	return x
}

func leaveBox() *box {
	return &box{title: "What next", choices: []choice{{"enter", "leave", true}}}
}

// flowing sets words side by side after a label, as many on a line as fit.
func flowing(label string, words []string, gap string, width int) []string {
	var lines []string
	line, indent := label, strings.Repeat(" ", len(label))
	for i, w := range words {
		switch {
		case i > 0 && lipgloss.Width(line+gap+w) > width:
			lines, line = append(lines, line), indent+w
		case i > 0:
			line += gap + w
		default:
			line += w
		}
	}
	return append(lines, line)
}
