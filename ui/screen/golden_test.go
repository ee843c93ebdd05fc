package screen

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/ui"
)

var update = flag.Bool("update", false, "write the golden screens")

// varying is what differs from run to run, with what stands for it. Widths are kept
// where something follows.
var varying = []struct {
	re *regexp.Regexp
	by func(string) string
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), digits("0")},
	{regexp.MustCompile(`\bdone \d{1,2}:\d\d`), func(s string) string { return ui.Pad("", len(s)-4) + "done" }}, // a second or less
	{regexp.MustCompile(`\bin \d{1,2}:\d\d,`), func(string) string { return "in 0:00," }},                       // ten minutes, or less
	{regexp.MustCompile(`\b\d{1,2}:\d\d\b`), digits("0")},
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`), func(s string) string { host, port, _ := strings.Cut(s, ":"); return host + ":" + digits("9")(port) }},
	{regexp.MustCompile(strings.ReplaceAll(`X{8}-?Z*X{4}-?Z*X{4}-?Z*X{4}-?Z*X{12}`, "X", `(?:[0-9a-f]Z*)`)), nil}, // UUIDs, also broken over lines
	{regexp.MustCompile(` +\d+\.\d s`), func(s string) string { return ui.Pad("", len(s)-5) + "0.0 s" }},
	{regexp.MustCompile(`\d+ ms`), func(string) string { return "0 ms" }},
	{regexp.MustCompile(`✓ [A-Za-z0-9_/ -]+ 0\.0 s.*`), func(string) string { return "✓ call" }}, // some run side by side
	{regexp.MustCompile(` +$`), func(string) string { return "" }},
}

func digits(by string) func(string) string {
	return func(s string) string { return regexp.MustCompile(`[0-9]`).ReplaceAllString(s, by) }
}

// compared is the row of the second call, which is broken by how long the calls took.
var compared = regexp.MustCompile(`\d+ ms, same profile as call 1\s+\(\d+\s+ms\),\s+no\s+consent\s+needed`)

// steady takes out what differs from run to run.
func steady(text string) string {
	text = compared.ReplaceAllStringFunc(text, func(s string) string {
		return "0 ms, same profile as call 1 (0 ms), no consent" + strings.Repeat("\n", strings.Count(s, "\n")) + " needed"
	})
	for _, v := range varying {
		if v.by == nil {
			text = folded(text, v.re.String(), "x")
			continue
		}
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			lines[i] = v.re.ReplaceAllStringFunc(line, v.by)
		}
		text = strings.Join(lines, "\n")
	}
	return text
}

// folded replaces what a pattern finds, a letter for a letter. In the pattern, Z is a
// place where a value may be broken over lines.
func folded(text, pattern, by string) string {
	re := regexp.MustCompile(strings.ReplaceAll(pattern, "Z*", `(?:\n *)?`))
	return re.ReplaceAllStringFunc(text, func(s string) string { return regexp.MustCompile(`[0-9A-Za-z_.~-]`).ReplaceAllString(s, by) })
}

// known replaces what the sandbox made up for this run.
func (r *rig) known(text string) string {
	values := map[string]string{r.walk.Run.Record().ClientID: "c"}
	for _, x := range r.walk.Run.Record().Resources {
		values[x.ID] = "i"
	}
	for _, v := range r.random {
		values[v] = "r"
	}
	for value, by := range values {
		if len(value) < 8 || strings.HasSuffix(value, "test") {
			continue
		}
		var pattern []string
		for _, c := range value {
			pattern = append(pattern, regexp.QuoteMeta(string(c)))
		}
		text = folded(text, strings.Join(pattern, "Z*"), by)
	}
	return text
}

// timeAxis is the drawing of where the time went, of which only the place is steady.
var timeAxis = regexp.MustCompile(`(?s)(Where the time went).*?(\n╭)`)

// numbers are where a step stands among the others, which is no part of a page's picture.
var numbers = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(` +[━╸─]{15,} +\d+ of \d+ done`), "   ──── # of # done"}, // the bar is as long as what is done
	{regexp.MustCompile(`\d+ of \d+ done`), "# of # done"},
	{regexp.MustCompile(`(Learn more: )\d+`), "${1}#"},
	{regexp.MustCompile(`\b([Ss]tep )\d+`), "${1}#"},
	{regexp.MustCompile(`\b([Ss]teps:? )\d+(, \d+)*( and \d+)?`), "${1}#"},
	{regexp.MustCompile(`(?m)^( [✓◐▸·✗–↻] +)\d+( +[A-Z])`), "${1}#${2}"}, // in the rail
}

// titled is a page's title, of which the number is the step's.
var titled = regexp.MustCompile(`(?m)^( ?)(?: \d|\d\d|\d ) (✗ |[A-Z])`)

// numberless takes the numbers of steps out.
func numberless(text string) string {
	if at := titled.FindStringSubmatchIndex(text); at != nil {
		text = text[:at[3]] + " # " + text[at[4]:]
	}
	for _, n := range numbers {
		text = n.re.ReplaceAllString(text, n.by)
	}
	return text
}

func numberlessLines(lines []string) []string {
	return strings.Split(numberless(strings.Join(lines, "\n")), "\n")
}

// whole are the pictures in which the list of steps is compared, too, or is not there.
var whole = []string{"overview", "works", "start", "start-runs", "cleanup", "cleanup-done"}

// golden is the screen without what differs from run to run, and without the numbers of
// steps. The page is taken apart from the rail, because values are broken over its lines.
func (r *rig) golden(name, text string) string {
	lines := strings.Split(text, "\n")
	if width, _ := r.Screen.Size(); width >= railFrom {
		rail, page := columnsAt(lines[2:len(lines)-1], railWidth+1)
		page = strings.Split(timeAxis.ReplaceAllString(r.known(steady(strings.Join(page, "\n"))), "$1$2"), "\n")
		rail = strings.Split(steady(strings.Join(rail, "\n")), "\n")
		if !slices.Contains(whole, name) {
			rail = nil
		}
		rail, page = numberlessLines(rail), numberlessLines(page)
		body := lines[2:2:len(lines)]
		for i := range max(len(rail), len(page)) {
			body = append(body, strings.TrimRight(ui.Pad(at(rail, i), railWidth+1)+at(page, i), " "))
		}
		return strings.Join(append(append([]string{numberless(lines[0]), ""}, body...), numberless(lines[len(lines)-1])), "\n")
	}
	lines[1] = " " + current.FindString(lines[1])
	text = r.known(steady(strings.Join(lines, "\n")))
	return numberless(strings.ReplaceAll(timeAxis.ReplaceAllString(strings.ReplaceAll(text, "\n ╭", "\n╭"), "$1$2"), "\n╭", "\n ╭"))
}

// current is the entry of the step that is looked at, in the strip of a narrow screen.
// The words of the others depend on how long they took.
var current = regexp.MustCompile(`. \d+ [A-Z][^,]*, [a-z ]*[a-z]`)

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// columnsAt takes lines apart at a column.
func columnsAt(lines []string, column int) (left, right []string) {
	for _, line := range lines {
		runes := []rune(line)
		n := min(column, len(runes))
		left, right = append(left, strings.TrimRight(string(runes[:n]), " ")), append(right, string(runes[n:]))
	}
	return left, right
}

// everywhere looks at the present page at every size: it is what was looked at before,
// it fits, and says nothing twice.
func (r *rig) everywhere(name string) {
	r.t.Helper()
	r.compare(name, func() string {
		all := ""
		for _, size := range sizes {
			r.resize(size[0], size[1])
			text := r.Still()
			r.fits(name, text)
			all += fmt.Sprintf("## %dx%d\n%s\n", size[0], size[1], strings.TrimRight(r.golden(name, text), "\n"))
		}
		return all
	})
	r.resize(80, 24)
	r.Still()
}

// compare compares drawings with those that were looked at.
func (r *rig) compare(name string, draw func() string) {
	r.t.Helper()
	path := filepath.Join("testdata", "screen", name+".txt")
	got := draw()
	if *update {
		if err := cmp.Or(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Errorf("%v; write it with: go test ./ui/screen -run %s -update", err, r.t.Name())
		return
	}
	if expected := strings.ReplaceAll(string(want), "\r\n", "\n"); got != expected {
		r.t.Errorf("%s differs; if it is right now: go test ./ui/screen -update\n--- is\n%s\n--- was\n%s", path, got, expected)
	}
}

// fits insists that a screen is whole: the header, the title and the keys are there, no
// line is too wide, nothing scrolls but in the smallest window, and nothing is said
// twice.
func (r *rig) fits(name, text string) {
	r.t.Helper()
	width, height := r.Screen.Size()
	lines := strings.Split(text, "\n")
	wrong := func(format string, args ...any) {
		r.t.Helper()
		r.t.Errorf("%s at %dx%d: %s\n%s", name, width, height, fmt.Sprintf(format, args...), text)
	}
	if len(lines) != height {
		wrong("%d lines", len(lines))
		return
	}
	for _, line := range lines {
		if lipgloss.Width(line) > width {
			wrong("too wide: %q", line)
		}
	}
	if head := lines[0]; !strings.HasPrefix(head, " agentcore-3lo") || !strings.Contains(head, "done") && strings.Contains(text, "Overview") {
		wrong("the header is cut: %q", head)
	}
	if keys := lines[height-1]; !strings.Contains(keys, "leave") && !strings.Contains(keys, "back") {
		wrong("the keys are cut or gone: %q", keys)
	}
	if scrolls.MatchString(text) && width >= 80 {
		wrong("it scrolls")
	}
	if again := twice(lines[1:height-1], width); again != "" {
		wrong("twice: %q", again)
	}
}

var scrolls = regexp.MustCompile(`lines \d+-\d+ of \d+`)

// twice finds a cell of the page that is there twice: cells are parts of a line with
// two spaces between them, and short ones, such as a time, may be there again.
func twice(lines []string, width int) string {
	if width >= railFrom {
		_, lines = columnsAt(lines, railWidth+1)
	}
	seen := map[string]bool{}
	for _, line := range lines {
		line = strings.Trim(line, " │╭╮╰╯─")
		for _, cell := range strings.Split(line, "  ") {
			cell = strings.TrimSpace(cell)
			if len([]rune(cell)) < 9 || !strings.ContainsFunc(cell, unicode.IsLetter) {
				continue
			}
			if seen[cell] {
				return cell
			}
			seen[cell] = true
		}
	}
	return ""
}

// squeezed is a text without anything that wrapping may change.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\n' || c == '─' }), "")
}

// linkCopied takes the random part of the page's link for one.
func (r *rig) linkCopied() {
	r.t.Helper()
	r.random = append(r.random, regexp.MustCompile(`[0-9A-Za-z_.~-]+$`).FindString(r.link()))
}
