package screen

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

var update = flag.Bool("update", false, "write the golden screens anew")

var (
	anyTime    = regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`)
	anyDone    = regexp.MustCompile(`done \d{1,2}:\d\d\b`)
	atEnd      = regexp.MustCompile(`(?m) +$`)
	anyElapsed = regexp.MustCompile(`\b\d{1,2}:\d\d\b`)
	anyPort    = regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)
	anyUUID    = regexp.MustCompile(strings.ReplaceAll(`X{8}-?(?:\n *)?X{4}-?(?:\n *)?X{4}-?(?:\n *)?X{4}-?(?:\n *)?X{12}`, "X", `(?:[0-9a-f](?:\n *)?)`)) // also broken over lines
	anyCall    = regexp.MustCompile(`"id": \d+,`)
	anyLength  = regexp.MustCompile(`Content-Length: \d+`)
	anyMillis  = regexp.MustCompile(`\b\d+ ms`)
	anyTotal   = regexp.MustCompile(`\bof \d+( ·| ─)`)
	anyRule    = regexp.MustCompile(`(lines \d+-\d+ of N[^─\n]*)─+`) // as long as the numbers leave it
	anyWeekday = regexp.MustCompile(`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}`)
	anyDate    = regexp.MustCompile(`\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)`)
)

// steady takes out what differs from run to run and keeps every width.
func steady(text string) string {
	same := func(char string) func(string) string {
		return func(s string) string {
			return regexp.MustCompile(`[0-9A-Za-z]`).ReplaceAllString(s, char)
		}
	}
	text = anyTime.ReplaceAllStringFunc(text, same("0"))
	text = anyDone.ReplaceAllStringFunc(text, func(s string) string { return ui.Pad("done", len(s)) }) // a second or less
	text = atEnd.ReplaceAllString(text, "")
	text = anyElapsed.ReplaceAllStringFunc(text, same("0"))
	text = strings.ReplaceAll(text, "time left: 00:00", "time left: 0:00")
	text = anyPort.ReplaceAllStringFunc(text, func(s string) string {
		host, port, _ := strings.Cut(s, ":")
		return host + ":" + same("9")(port)
	})
	text = anyUUID.ReplaceAllStringFunc(text, same("x"))
	text = anyCall.ReplaceAllString(text, `"id": 1,`)
	text = anyLength.ReplaceAllString(text, "Content-Length: 412")
	text = anyMillis.ReplaceAllString(text, "0 ms")
	text = anyTotal.ReplaceAllString(text, "of N")
	text = anyRule.ReplaceAllString(text, "$1─")
	text = anyWeekday.ReplaceAllString(text, "Thu, 01 Jan 1970")
	return unnumbered(anyDate.ReplaceAllString(text, "1 January"))
}

// unnumbered takes out the steps' numbers: a step more before it changes no
// picture of another one.
func unnumbered(text string) string {
	for _, step := range steps.Tutorial() {
		n := fmt.Sprint(steps.Number(step.ID))
		none := strings.Repeat("#", len(n))
		for _, after := range []string{"  " + step.Title, " " + step.Title, " " + string(step.ID) + ",", " " + string(step.ID) + " "} {
			text = strings.ReplaceAll(text, n+after, none+after)
		}
	}
	return anyStep.ReplaceAllStringFunc(text, func(s string) string {
		return "step " + strings.Repeat("#", len(s)-len("step "))
	})
}

var anyStep = regexp.MustCompile(`step [0-9]+`)

// golden compares the screen with the one that was looked at.
func (r *rig) golden(name string) {
	r.t.Helper()
	width, height := r.Screen.Size()
	got := r.known(steady(withoutCalls(r.Still())))
	path := filepath.Join("testdata", "screen", fmt.Sprintf("%s_%dx%d.txt", name, width, height))
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Errorf("%v; write it with: go test ./ui/screen -run %s -update", err, r.t.Name())
		return
	}
	expected := strings.ReplaceAll(string(want), "\r\n", "\n")
	for deadline := time.Now().Add(3 * time.Second); got+"\n" != expected && time.Now().Before(deadline); { // a drawing may arrive in parts
		got = r.known(steady(withoutCalls(r.Still())))
	}
	if got+"\n" != expected {
		r.t.Errorf("%s differs; if it is right now: go test ./ui/screen -update\n--- is\n%s\n--- was\n%s", path, got, want)
	}
}

// latestLine is one of the last things that happened, in the panel.
var latestLine = regexp.MustCompile(`^((?:.{34})? \d\d:\d\d:\d\d  ).*`)

// withoutCalls leaves out the lines under "What happened", and the last ones of
// them in the panel: what runs side by side comes in any order.
func withoutCalls(text string) string {
	lines, in := strings.Split(text, "\n"), false
	for i, line := range lines {
		switch runes := []rune(line); {
		case strings.Contains(line, "What happened"):
			in = true
		case strings.Contains(line, "───"):
			in = false
		case in && strings.Contains(lines[0], "of 10 done") && len([]rune(lines[0])) > railFrom:
			lines[i] = strings.TrimRight(string(runes[:min(railWidth, len(runes))]), " ")
		case in:
			lines[i] = ""
		default:
			lines[i] = latestLine.ReplaceAllString(line, "${1}...")
		}
	}
	return strings.Join(lines, "\n")
}

// known replaces what the sandbox made up for this run, width for width.
func (r *rig) known(text string) string {
	for _, x := range r.kit.Run.Record().Resources {
		text = replaceFolded(text, x.ID, "i")
	}
	for _, value := range r.random {
		text = replaceFolded(text, value, "r")
		for n := len(value); n >= 8; n-- { // the rest of one whose beginning is scrolled away, and the other way round
			text = strings.ReplaceAll(text, value[len(value)-n:], strings.Repeat("r", n))
			text = strings.ReplaceAll(text, value[:n], strings.Repeat("r", n))
		}
	}
	return replaceFolded(text, r.kit.Run.Record().ClientID, "c")
}

// linkCopied copies the page's link and takes its random part for one.
func (r *rig) linkCopied() {
	r.t.Helper()
	r.Press("c")
	r.When("Copied with a test.")
	r.mu.Lock()
	defer r.mu.Unlock()
	link := r.copied[len(r.copied)-1]
	r.random = append(r.random, regexp.MustCompile(`[0-9A-Za-z_.~-]+$`).FindString(link))
}

// replaceFolded also finds a value that is broken over lines.
func replaceFolded(text, value, by string) string {
	if len(value) < 8 || strings.HasSuffix(value, "test") {
		return text
	}
	var pattern strings.Builder
	for i, c := range value {
		if i > 0 {
			pattern.WriteString(`(?:\n(?:──[^\n]*\n)?[ ]*)?`)
		}
		pattern.WriteString(regexp.QuoteMeta(string(c)))
	}
	return regexp.MustCompile(pattern.String()).ReplaceAllStringFunc(text, func(s string) string {
		if first, _, _ := strings.Cut(s, "\n"); strings.Contains(s, "──") {
			return first + "\n" + by
		}
		return regexp.MustCompile(`[0-9A-Za-z_.~-]`).ReplaceAllString(s, by)
	})
}

// fits insists that the chrome is whole at this size: the header, the keys.
func (r *rig) fits(name string) {
	r.t.Helper()
	width, height := r.Screen.Size()
	lines := strings.Split(r.Still(), "\n")
	if !strings.Contains(lines[0], "run test") && width >= 80 || !strings.Contains(lines[0], "of 10 done") {
		r.t.Errorf("%s at %dx%d: the header is cut: %q", name, width, height, lines[0])
	}
	if last := lines[len(lines)-1]; len(lines) != height || !strings.Contains(last, "leave") && !strings.Contains(last, "back") && !strings.Contains(last, "commands") {
		r.t.Errorf("%s at %dx%d: the keys are cut or gone: %q", name, width, height, last)
	}
}

var rule = regexp.MustCompile(`^(.{34})?─{40,}$`)

var positionMark = regexp.MustCompile(`lines (\d+)-(\d+) of (\d+)`)

// read scrolls through the page and returns all of its lines.
func (r *rig) read() []string {
	r.t.Helper()
	r.Press("home")
	r.Until("the top", func(text string) bool {
		m := positionMark.FindStringSubmatch(text)
		return m == nil || m[1] == "1"
	})
	width, _ := r.Screen.Size()
	left, top := 0, 2
	if width >= railFrom {
		left, top = railWidth+1, 1
	}
	var all []string
	for {
		text := r.Still()
		lines := strings.Split(text, "\n")
		m := positionMark.FindStringSubmatch(text)
		first, last, total := 1, 0, 0
		if m != nil {
			fmt.Sscan(m[1], &first)
			fmt.Sscan(m[2], &last)
			fmt.Sscan(m[3], &total)
		} else {
			for last < len(lines)-top && !rule.MatchString(lines[top+last]) {
				last++
			}
		}
		if first > len(all)+1 { // the page grew meanwhile: a line was skipped
			r.Press("up")
			r.Until("a line up", func(text string) bool { n := positionMark.FindStringSubmatch(text); return n == nil || n[1] != m[1] })
			continue
		}
		for i := len(all) + 1; i <= last; i++ {
			line := []rune(lines[min(top+i-first, len(lines)-1)])
			all = append(all, string(line[min(left, len(line)):]))
		}
		if m == nil || last >= total {
			return all
		}
		r.Press("pgdown")
		r.Until("the next page", func(text string) bool {
			n := positionMark.FindStringSubmatch(text)
			return n != nil && n[1] != m[1]
		})
	}
}

// squeezed is a text without anything that wrapping may change.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\n' || c == '─' }), "")
}

// wholePage insists that every word of the step's lesson can be read.
func (r *rig) wholePage(id engine.ID) {
	r.t.Helper()
	width, height := r.Screen.Size()
	text := squeezed(strings.Join(r.read(), "\n"))
	step, _ := steps.Find(id)
	for _, block := range step.Lesson() {
		all := slices.Concat([]string{block.Heading, block.Text, block.Diagram}, block.List, block.Steps)
		for i, row := range block.Table {
			if i == 0 {
				row = row[1:] // a narrow page has a list for a table
			}
			all = append(all, row...)
		}
		for _, piece := range all {
			for _, word := range strings.Fields(piece) {
				if word = squeezed(word); !strings.Contains(text, word) {
					r.t.Errorf("%s at %dx%d: %q cannot be read", id, width, height, word)
				}
			}
		}
	}
	r.Press("home")
}
