package screen

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// prerequisitesSheet is step 2: the check, and then the plan.
func prerequisitesSheet(v view) sheet {
	if v.page().plan != nil {
		return planSheet(v)
	}
	x := v.titled("Check this machine and account")
	switch {
	case v.purposeIs(event.RoundTrip):
		x.paragraph(lead, "At the end of the consent, AgentCore sends your browser to a listener on this machine. Open the test link once, in the browser that you will use later.", v.width)
	default:
		x.paragraph(lead, "This step checks who you are, the region, and whether your browser reaches this machine. Then it shows the plan. Before you say yes to that, nothing is changed anywhere.", v.width)
	}
	v.addLink(&x)
	v.addFacts(&x, v.pageFacts()...)
	if q := v.asking(); q != nil && q.Name == "round_trip" {
		far, inSandbox := len(q.Help) > 2, v.run.Now().Environment.Sandbox
		if far && inSandbox {
			x.add(lead, "The sandbox needs no browser: a simulated person can do your part.")
		}
		for _, help := range q.Help[min(2, len(q.Help)):] { // how a browser on another machine gets here
			x.add(stays, wrapped(help, v.width)...)
		}
		v.addTicks(&x, tick{"✓", "who you are"}, tick{"✓", "listener ready"}, tick{"◐", "waiting for your browser"})
		x.box = v.questionBox("Your turn", map[engine.Answer]string{"open": "open the test link", "skip": "go on without the test"})
		switch copyIt, openIt := (choice{"c", "copy it", false}), (choice{"o", "open the test link", false}); {
		case far && inSandbox:
			x.box.choices = []choice{{"enter", "go on without the test", true}, copyIt, openIt}
		case far:
			copyIt.primary = true
			x.box.choices = []choice{copyIt, openIt, {"n", "go on without the test", false}}
		default:
			x.box.choices = slices.Insert(x.box.choices, 1, copyIt)
		}
		return x
	}
	if v.status().State == engine.Running {
		v.addCalls(&x, "")
	}
	x.box = v.questionBox("", nil)
	return x
}

// planSheet is the plan, and the yes.
func planSheet(v view) sheet {
	p, st := *v.page().plan, v.status()
	x := v.titled("Check the plan")
	n := len(p.Resources)
	said := fmt.Sprintf("Nothing has been changed yet. Say yes to create these %d resources.", n)
	if st.State != engine.Asking {
		said = fmt.Sprintf("You said yes to these %d resources. Steps that need nothing from you start by themselves.", n)
	}
	x.paragraph(lead, said, v.width)
	x.add(stays, planFacts(v, p)...)
	for _, line := range ui.EndpointLines(p.Endpoints) {
		x.add(stays, wrapped("Endpoint  "+text.CleanLine(line), v.width)...)
	}
	x.addShort(drawn, planned(p, v.style, v.width), plannedShort(p, v.width))
	if st.State != engine.Asking {
		return x
	}
	if !p.Sandbox {
		x.paragraph(lead, fmt.Sprintf("You will need a %s app. Step %d shows how to create one.", steps.Vendor().Name, steps.Number(steps.App)), v.width)
	}
	where := "in the sandbox"
	if !p.Sandbox {
		where = "in AWS account " + v.mask.hide(p.Account)
	}
	x.box = v.questionBox(fmt.Sprintf("Create these %d resources %s?", n, where), map[engine.Answer]string{engine.Yes: "yes", engine.No: "no"})
	x.box.choices = append(x.box.choices, choice{"v", "names and details", false})
	return x
}

func planFacts(v view, p steps.Plan) []string {
	all := []fact{{"Account", v.mask.hide(p.Account + " as " + callerName(p.Caller))}, {"Region", p.Region}, {"Takes", ui.Takes(p)}, {"Costs", ui.Costs(p)}}
	if p.Sandbox {
		all = []fact{{"Where", "the sandbox on this machine"}, {"Costs", ui.Costs(p)}, {"Takes", ui.Takes(p)}, {"Needs", "no account, no network"}}
	}
	for i := range all {
		all[i].value = text.CleanLine(all[i].value)
	}
	return pairs(v.style, all, v.width)
}

// callerName is an ARN without what the account says already.
func callerName(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[5]
	}
	return arn
}

// planned are the resources, a line for each service.
func planned(p steps.Plan, style styles, width int) []string {
	purpose := map[string]string{"Cognito": "issue the access token", "IAM": "what the gateway may do", "AgentCore": "the MCP server and its tool",
		"AgentCore Identity": "keeps the " + steps.Vendor().Name + " secret"}
	var lines []string
	for _, service := range services(p) {
		var kinds []string
		for _, r := range p.Resources {
			if r.Service == service {
				kinds = append(kinds, shortTitle(r.Kind))
			}
		}
		line := ui.Pad(strings.TrimPrefix(service, "AgentCore "), 11) + ui.Pad(strings.Join(kinds, ", "), 38)
		lines = append(lines, wrapped(line, width)[0])
		if len([]rune(line))+2+len(purpose[service]) <= width {
			lines[len(lines)-1] = line + "  " + style.dim.Render(purpose[service])
		} else {
			lines[len(lines)-1] = ui.Pad(strings.TrimPrefix(service, "AgentCore "), 11) + strings.Join(kinds, ", ")
		}
	}
	return lines
}

func plannedShort(p steps.Plan, width int) []string {
	var kinds []string
	for _, r := range p.Resources {
		kinds = append(kinds, shortTitle(r.Kind))
	}
	return wrapped(strings.Join(kinds, ", "), width)
}

// services are those of the plan's resources, in order.
func services(p steps.Plan) []string {
	var all []string
	for _, r := range p.Resources {
		if !slices.Contains(all, r.Service) {
			all = append(all, r.Service)
		}
	}
	return all
}

// shortTitle is a kind in words, without what the service beside it says.
func shortTitle(kind string) string {
	short := map[string]string{provision.Domain: "domain", provision.ResourceServer: "scope"}
	if said, named := short[kind]; named {
		return said
	}
	return provision.Title(kind)
}
