package plain

import (
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// section is what is written of one step, below its heading. Steps run side by side,
// and a listener follows one of them at a time: the lines of the others are kept.
type section struct {
	headed bool // its heading is written
	active bool // the step runs or asks
	kept   []keptLine
}

// keptLine is a line of a step that is not being followed.
type keptLine struct {
	text string
	fact bool // it is worth telling when the step ends in the background
}

// of returns the section of a step.
func (p *FrontEnd) of(id engine.ID) *section {
	if p.sections[id] == nil {
		p.sections[id] = &section{}
	}
	return p.sections[id]
}

// begin starts a section. It is followed unless another one is.
func (p *FrontEnd) begin(id engine.ID) {
	p.of(id).active = true
	if p.current == "" || !p.of(p.current).active {
		p.follow(id)
	}
}

// follow turns to a section. Those that began before it are written first, so that
// the steps are told in their order.
func (p *FrontEnd) follow(id engine.ID) {
	if p.current == id && p.of(id).headed {
		return
	}
	for _, s := range steps.Tutorial() {
		if x := p.sections[s.ID]; x != nil && !x.headed && steps.Number(s.ID) < steps.Number(id) {
			p.writeSection(s.ID)
		}
	}
	p.writeSection(id)
}

// leave says that the step that is followed goes on without being told of.
func (p *FrontEnd) leave() {
	if p.current != "" && p.of(p.current).active {
		p.print(shortName(p.current) + " goes on in the background.\n")
	}
}

// writeSection writes a section as far as it has come.
func (p *FrontEnd) writeSection(id engine.ID) {
	p.leave()
	x := p.of(id)
	p.current = id
	p.mu.Lock()
	clear(p.asked)
	p.mu.Unlock()
	_, title := stepName(id)
	if x.headed {
		p.print("\nBack to " + strings.ToLower(title[:1]) + title[1:] + "\n")
	} else {
		p.print("\n" + title + "\n" + p.lesson(id))
	}
	p.begun()
	x.headed = true
	for _, line := range x.kept {
		p.print(line.text)
	}
	x.kept = nil
}

// lesson is the step's lesson, or its first paragraph, or nothing.
func (p *FrontEnd) lesson(id engine.ID) string {
	s, _ := steps.Find(id)
	width := p.terminal.Width
	switch {
	case !p.lessons || slices.Contains(p.passed, id):
		return ""
	case p.brief:
		return lead(s.Lesson(), width)
	}
	return lessonText(s.Lesson(), width) + "\n"
}

// end ends a section. A step that was not being followed reports in one line, with
// what it has created.
func (p *FrontEnd) end(s engine.Status, how string) {
	x := p.of(s.ID)
	x.active = false
	how += took(s.Elapsed(p.now)) + "."
	closing := shortName(s.ID) + " " + how + "\n"
	switch {
	case p.current == s.ID:
		p.print(closing)
	case !x.headed:
		x.kept = append(x.kept, keptLine{text: closing})
	default:
		name, _ := stepName(s.ID)
		var facts []string
		for _, line := range x.kept {
			if line.fact {
				facts = append(facts, strings.TrimSpace(strings.ReplaceAll(line.text, "\n", " ")))
			}
		}
		report := name + " " + how
		if len(facts) > 0 {
			report += " " + strings.Join(facts, "; ") + "."
		}
		x.kept = nil
		p.print(paragraph(report, p.terminal.Width))
	}
}

// goOnReading turns to another section when the followed one has ended: to the first
// that is not written yet, or else to one that still runs.
func (p *FrontEnd) goOnReading() {
	if p.current != "" && p.of(p.current).active {
		return
	}
	for _, wanted := range []func(*section) bool{
		func(x *section) bool { return !x.headed },
		func(x *section) bool { return x.active },
	} {
		for _, s := range steps.Tutorial() {
			if x := p.sections[s.ID]; x != nil && wanted(x) {
				p.writeSection(s.ID)
				if x.active {
					return
				}
			}
		}
	}
}

// line writes a line of a step, or keeps it while another step is followed.
func (p *FrontEnd) line(id engine.ID, body any, s string) {
	_, fact := body.(event.Fact)
	x := p.sections[id]
	switch {
	case x == nil || p.current == id: // outside any walkthrough, or followed
		p.print(s)
	default:
		x.kept = append(x.kept, keptLine{text: s, fact: fact})
	}
}
