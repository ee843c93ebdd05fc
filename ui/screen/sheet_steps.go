package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// overviewSheet is step 1: who talks to whom.
func overviewSheet(v view) sheet {
	x := v.titled("What you will build")
	name := steps.Vendor().Name
	x.paragraph(lead, fmt.Sprintf("A gateway with one tool. The tool reads a %s profile on behalf of the user who consented. The agent never sees that user's password or token.", name), v.width)
	if drawing := ui.Overview(name); v.width >= drawing.Width {
		x.add(drawn, drawing.Lines...)
	} else {
		x.add(drawn, numbered(drawing.Sentences, v.width)...)
	}
	v.addFacts(&x,
		fact{"MCP client", "the program through which an agent calls tools"},
		fact{"Inbound", "who may call the gateway: an access token, issued by Amazon Cognito"},
		fact{"Outbound", fmt.Sprintf("on whose behalf it calls: a %s token, kept by Identity", name)},
		fact{"Target", fmt.Sprintf("the tool: an API of %s, called with that token", name)})
	if st := v.status(); st.State == engine.Ready {
		x.box = &box{title: "Your turn", choices: []choice{{"enter", "check this machine and account (" + steps.Numbers(steps.Prerequisites) + ")", true}}}
	}
	return x
}

// numbered are sentences as a list.
func numbered(all []string, width int) []string {
	var lines []string
	for i, said := range all {
		for j, line := range wrapped(said, width-3) {
			head := "   "
			if j == 0 {
				head = fmt.Sprintf("%-3d", i+1)
			}
			lines = append(lines, head+line)
		}
	}
	return lines
}

// work is what the page of a step that needs nothing from the person says.
type work struct {
	title, lead, done string
	kind              string // of the resource that is waited for
}

func works(name string) map[engine.ID]work {
	return map[engine.ID]work{
		steps.Inbound: {"Create the inbound side: Cognito", "The gateway accepts callers that present an access token (a JWT). Cognito issues it to an app client, a program with an ID and a secret. This needs nothing from you.",
			"The gateway accepts access tokens of this user pool and this app client. No person signs in on this side.", provision.Domain},
		steps.Gateway: {"Create the gateway", "The gateway is the MCP server that agents will call. AWS is creating it; this needs nothing from you.",
			"The gateway is the MCP server that agents call. It accepts the access tokens of " + steps.Numbers(steps.Inbound) + ".", provision.Gateway},
		steps.Provider: {"Create the credential provider", fmt.Sprintf("AgentCore Identity stores the ID and secret of your %s app, and answers with the callback URL. This needs nothing from you.", name),
			fmt.Sprintf("AgentCore Identity has the ID and secret of your %s app. Its callback URL is for %s.", name, steps.Numbers(steps.Register)), provision.Provider},
		steps.Target: {"Create the target", fmt.Sprintf("The target joins the two halves: what %s offers, and the provider that gets the user's token. AWS is creating it; this needs nothing from you.", name),
			fmt.Sprintf("The target joins the two halves: what %s offers, and the provider that gets the user's token.", name), provision.Target},
	}
}

// workSheet is a step that works by itself.
func workSheet(v view) sheet {
	st := v.status()
	step, _ := steps.Find(v.looking)
	w, known := works(steps.Vendor().Name)[v.looking]
	if !known {
		w = work{title: step.Title, lead: step.Does}
	}
	x := v.titled(w.title)
	said := w.lead
	if st.State == engine.Done {
		said = cmp.Or(w.done, said)
	}
	x.paragraph(lead, said, v.width)
	all := v.pageFacts()
	inOrder := func(f fact) int {
		if i := slices.IndexFunc(step.Creates, func(kind string) bool { return strings.EqualFold(provision.Title(kind), f.label) }); i >= 0 {
			return i
		}
		return len(step.Creates)
	}
	slices.SortStableFunc(all, func(a, b fact) int { return inOrder(a) - inOrder(b) }) // not as they happened to be ready
	switch v.looking {
	case steps.Gateway:
		if in := v.pages[steps.Inbound]; in != nil && in.value("User pool") != "" {
			all = append(all, fact{"Inbound", fmt.Sprintf("access tokens of %s, app client %s", in.value("User pool"), in.value("App client"))})
		}
	case steps.Target:
		all = append(all, fact{"Scopes", strings.Join(steps.Vendor().Scopes, ", ")})
		for i := range all {
			if all[i].label == "Tool" {
				all[i].value += " (target, three underscores, operation)"
			}
		}
	}
	v.addFacts(&x, all...)
	if st.State == engine.Waiting {
		x.paragraph(stays, v.whyWaiting(), v.width)
	}
	v.addCalls(&x, usually(v.pages[steps.Prerequisites], w.kind))
	x.box = v.questionBox("", nil)
	return x
}

// whyWaiting names the first step that has to be done before.
func (v view) whyWaiting() string {
	need := v.missing()
	if need.ID == "" {
		return "It starts by itself."
	}
	return fmt.Sprintf("It starts by itself when step %d is done. That one is %s.", steps.Number(need.ID), v.word(need))
}

// usually is how long a resource takes, according to the page with the plan; "" = not known.
func usually(p *page, kind string) string {
	if p != nil && p.plan != nil {
		for _, r := range p.plan.Resources {
			if r.Kind == kind {
				return r.Takes
			}
		}
	}
	return ""
}

// appSheet is step 5: the person's app at the vendor.
func appSheet(v view) sheet {
	vendor := steps.Vendor()
	x := v.titled("Create your " + vendor.Name + " app")
	said := fmt.Sprintf("AgentCore acts as a %s app of yours. Create one, or use one you have.", vendor.Name)
	if v.status().State == engine.Done {
		said = fmt.Sprintf("AgentCore acts as a %s app of yours. Step %d hands over its ID and secret.", vendor.Name, steps.Number(steps.Provider))
		if v.m.Of(steps.Provider).State == engine.Done {
			said = fmt.Sprintf("AgentCore acts as a %s app of yours. It has had the app's ID and secret since step %d.", vendor.Name, steps.Number(steps.Provider))
		}
	}
	x.paragraph(lead, said, v.width)
	if v.run.Now().Environment.Sandbox && v.asking() != nil {
		x.parts[0].lines = wrapped(fmt.Sprintf("AgentCore acts as a %s app of yours. The sandbox has a developer portal like %s's, and a simulated person who can do your part there.", vendor.Name, vendor.Name), v.width)
	}
	v.addLink(&x)
	if v.status().State == engine.Done {
		v.addFacts(&x, v.pageFacts()...)
		return x
	}
	var lines, short []string
	for i, s := range vendor.Setup {
		for j, piece := range wrapped(s.Text, v.width-14) {
			head := ""
			if j == 0 {
				head = fmt.Sprintf("%d %s", i+1, s.Name)
			}
			lines = append(lines, ui.Pad(head, 14)+piece)
		}
		short = append(short, fmt.Sprintf("%d %s: %s", i+1, s.Name, s.Brief))
	}
	x.addShort(drawn, lines, short)
	x.box = appBox(v)
	return x
}

func appBox(v view) *box {
	q := v.asking()
	if q == nil {
		return nil
	}
	open := map[engine.Answer]string{}
	if q.Kind != engine.Text {
		for _, c := range q.Choices {
			open[c.ID] = c.Label
		}
		b := v.questionBox("Your turn", open)
		if q.Name == "known" {
			b.title = prompt(*q)
		}
		b.choices = append(b.choices, v.linkChoices("the portal", "the address")...)
		return b
	}
	b := &box{title: "Your turn", refusal: v.field.refusal}
	width := v.fieldWidth()
	id, secret := v.field.Render(width), bracketed("", width)
	if q.Secret {
		id, secret = bracketed(v.page().entered, width), id
	}
	b.lines = append(v.entry("Client ID", id), v.entry(steps.Vendor().Words.Secret, secret)...)
	if v.width >= 60 {
		only := "goes to AWS only"
		if v.run.Now().Environment.Sandbox {
			only = "for the sandbox"
		}
		b.lines[len(b.lines)-1] += "  " + only
	}
	if !v.field.typing {
		b.choices = append([]choice{{"enter", "fill in", true}}, v.linkChoices("the portal", "the address")...)
	}
	return b
}

// fieldWidth is that of a field in the box, its brackets included.
func (v view) fieldWidth() int {
	if v.width < 60 {
		return v.width - 4
	}
	return min(v.width-4-23-18, 40)
}

// registerSheet is step 7: the callback URL.
func registerSheet(v view) sheet {
	vendor := steps.Vendor()
	x := v.titled("Register the callback URL")
	said := "Add this one: all of it, nothing after it. The return URL of " + steps.Numbers(steps.Prerequisites) + " does not belong there."
	if v.status().State == engine.Done {
		said = "This one is, as this program was told."
	}
	x.paragraph(lead, vendor.Name+" sends browsers only to URLs that are registered in the app. "+said, v.width)
	v.addLink(&x)
	if v.status().State != engine.Waiting {
		if v.status().State != engine.Done {
			var where []fact
			for _, s := range vendor.Registering {
				where = append(where, fact{s.Name, s.Text})
			}
			v.addFacts(&x, where...)
		}
		x.paragraph(drawn, fmt.Sprintf("This program cannot check it. If it is wrong, %s will say in step %d: “%s”.", vendor.Name, steps.Number(steps.Consent), vendor.Mismatch), v.width)
	} else {
		x.paragraph(stays, v.whyWaiting(), v.width)
	}
	if q := v.asking(); q != nil {
		x.box = v.questionBox("Your turn", map[engine.Answer]string{engine.Yes: "I have added it", "simulate": "let the simulated person do it", "myself": "I do it myself"})
		x.box.choices = append(x.box.choices, v.linkChoices(portal(v.run.Now().Environment.Sandbox), "the callback URL")...)
	}
	return x
}

// linkChoices are what can be done with the page's link.
func (v view) linkChoices(open, copied string) []choice {
	if v.page().link == nil {
		return nil
	}
	return []choice{{"o", "open " + open, false}, {"c", "copy " + copied, false}}
}

// addLink adds the page's link: whole, each piece of it part of one hyperlink.
func (v view) addLink(x *sheet) {
	if l := v.page().link; l != nil {
		x.add(stays, linkLines(v.style, *l, v.width)...)
	}
}

// purposeIs says what the page's link is for.
func (v view) purposeIs(p event.Purpose) bool {
	return v.page().link != nil && v.page().link.Purpose == p
}

// portal is what the developer portal is called in a choice.
func portal(inSandbox bool) string {
	if inSandbox {
		return "the portal"
	}
	return steps.Vendor().Name
}
