package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/world"
	"agentcore-3lo/sandbox"
	"agentcore-3lo/steps"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// patience is how long a screen may take to say what is expected of it.
const patience = 15 * time.Second

// sizes are those that the screen is made for.
var sizes = [][2]int{{120, 40}, {80, 24}, {50, 20}}

// rig is the real screen on a sandbox in memory, in an emulated terminal. What
// a test does to it goes through the keyboard.
type rig struct {
	t      *testing.T
	box    *sandbox.Server
	kit    *steps.Kit
	runner *steps.Runner
	term   *picture.Terminal
	in     io.Writer
	prog   *tea.Program
	over   chan struct{} // the program has ended
	cancel func()

	model *screen // to be read after over only
	err   error

	mu     sync.Mutex
	held   map[string]chan struct{} // operations that wait
	hook   func(op string, w http.ResponseWriter, r *http.Request, next http.Handler) bool
	ahead  time.Duration
	opened []string
	copied []string
	random []string // values of this run that golden screens must not have
}

// setup is what a test may want otherwise.
type setup struct {
	width, height int
	aws           bool // no Settings.Sandbox: AWS, at the sandbox's endpoint
	mode          steps.Mode
	home          string
	settings      func(*steps.Settings)
	box           func(*sandbox.Options)
	frames        func(string) // sees every state of the screen
	held          []string     // operations that wait from the beginning
	env           map[string]string
}

func start(t *testing.T, o setup) *rig {
	t.Helper()
	if o.width == 0 {
		o.width, o.height = 80, 24
	}
	if o.home == "" {
		o.home = t.TempDir()
	}
	if o.env == nil {
		o.env = map[string]string{"DISPLAY": ":0"} // a desktop
	}
	r := &rig{t: t, held: map[string]chan struct{}{}, over: make(chan struct{})}
	r.hold(o.held...)
	options := sandbox.Options{Port: freePort(t), Intercept: r.intercept, Now: r.now}
	if o.box != nil {
		o.box(&options)
	}
	var err error
	if r.box, err = sandbox.Start(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.box.Close() })

	place := world.Options{Sandbox: &world.Sandbox{Endpoint: r.box.Endpoint(), AccessKeyID: sandbox.AccessKeyID,
		SecretAccessKey: sandbox.SecretAccessKey, Region: sandbox.Region, Portal: r.box.PortalURL()}}
	var simulated steps.Simulated = sandbox.Person{}
	if o.aws {
		for name, value := range r.box.Env() {
			if strings.HasPrefix(name, "AWS_") {
				t.Setenv(name, value)
			}
		}
		t.Setenv("AWS_CONFIG_FILE", filepath.Join(o.home, "none"))
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(o.home, "none"))
		place, simulated = world.Options{Region: sandbox.Region}, nil
	}
	settings := steps.Settings{Program: "agentcore-3lo", Home: o.home, LogPath: "/state/logs/test.log", World: place,
		Todo: steps.Tutorial(), Env: func(name string) string { return o.env[name] }, Simulated: simulated,
		Backoff: steps.Backoff{First: 5 * time.Millisecond, Max: 50 * time.Millisecond}, OpenURL: r.open}
	if o.settings != nil {
		o.settings(&settings)
	}
	store := record.Store{Dir: o.home}
	rec, err := store.Load("test")
	if err != nil {
		rec = steps.NewRecord("test", !o.aws)
		rec.Settings.Port = freePort(t) // as if remembered
	}
	r.kit = steps.NewKit(settings, store, rec, nil)

	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.runner = steps.NewRunner(r.kit, true)
	m := steps.NewMachine(o.mode, steps.Tutorial(), nil)
	s := newScreen(ctx, r.kit, r.runner, m)
	s.open, s.copy = r.open, r.copy
	r.term = picture.NewTerminal(o.width, o.height)
	r.term.OnWrite(o.frames)
	_, _ = r.term.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	pr, pw := io.Pipe()
	r.in = pw
	go func() { _, _ = io.Copy(pw, r.term.Answers()) }()
	r.prog = tea.NewProgram(s, tea.WithContext(ctx), tea.WithInput(pr), tea.WithOutput(r.term), tea.WithWindowSize(o.width, o.height),
		tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	go func() {
		defer close(r.over)
		r.model, r.err = s, s.play(r.prog)
	}()
	t.Cleanup(func() {
		r.release()
		cancel()
		select {
		case <-r.over:
		case <-time.After(patience):
			t.Error("the program does not end")
		}
		_ = pw.Close()
	})
	return r
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (r *rig) open(address string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened = append(r.opened, address)
	return nil
}

func (r *rig) copy(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.copied = append(r.copied, text)
	return "Copied with a test."
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.ahead)
}

func (r *rig) intercept(op string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, name, _ := strings.Cut(op, ":")
		r.mu.Lock()
		gate, hook := r.held[name], r.hook
		r.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-q.Context().Done():
				return
			}
		}
		if hook != nil && hook(name, w, q, next) {
			return
		}
		next.ServeHTTP(w, q)
	})
}

// hold lets operations wait until they are released.
func (r *rig) hold(ops ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range ops {
		r.held[op] = make(chan struct{})
	}
}

// release lets them go on; none named means all.
func (r *rig) release(ops ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for op, gate := range r.held {
		if len(ops) == 0 || slices.Contains(ops, op) {
			close(gate)
			delete(r.held, op)
		}
	}
}

// intrude answers requests in the sandbox's place where the hook says so.
func (r *rig) intrude(hook func(op string, w http.ResponseWriter, q *http.Request, next http.Handler) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

// The keys as a terminal sends them.
var keys = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
	"left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "space": " ", "ctrl+c": "\x03", "ctrl+r": "\x12", "backspace": "\x7f"}

// press sends keys one after the other.
func (r *rig) press(names ...string) {
	r.t.Helper()
	for _, name := range names {
		raw, ok := keys[name]
		if !ok {
			raw = name
		}
		r.send(raw)
		if name == "esc" {
			time.Sleep(80 * time.Millisecond) // alone, not the beginning of a sequence
		}
	}
}

func (r *rig) send(raw string) {
	r.t.Helper()
	if _, err := io.WriteString(r.in, raw); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		r.t.Fatal(err)
	}
}

func (r *rig) pasteText(text string) { r.send("\x1b[200~" + text + "\x1b[201~") }

// when waits until the screen says all of this.
func (r *rig) when(words ...string) string {
	r.t.Helper()
	return r.until(strings.Join(words, " + "), func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

// unless waits until the screen no longer says this.
func (r *rig) gone(word string) {
	r.t.Helper()
	r.until("no "+word, func(text string) bool { return !strings.Contains(text, word) })
}

func (r *rig) until(what string, is func(string) bool) string {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if text := r.term.Text(); is(text) {
			return text
		}
		select {
		case <-r.over:
			if text := r.term.Text(); is(text) {
				return text
			}
			r.t.Fatalf("the program has ended (%v); wanted %s", r.err, what)
		case <-time.After(3 * time.Millisecond):
		}
	}
	r.t.Fatalf("the screen never says %s:\n%s", what, r.term.Text())
	return ""
}

// asks waits for a question on the screen, and past the grace in which keys are
// not taken for its answer.
func (r *rig) asks(words ...string) {
	r.t.Helper()
	r.when(words...)
	time.Sleep(grace + 30*time.Millisecond)
}

// still waits until the screen no longer changes.
func (r *rig) still() string {
	r.t.Helper()
	last, since := r.term.Text(), time.Now()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text := r.term.Text()
		if steady(text) != steady(last) {
			since = time.Now()
		}
		if last = text; time.Since(since) > 60*time.Millisecond {
			return text
		}
	}
	r.t.Fatalf("the screen does not come to rest:\n%s", last)
	return ""
}

func (r *rig) resize(width, height int) {
	r.t.Helper()
	r.term.Resize(width, height)
	r.prog.Send(tea.WindowSizeMsg{Width: width, Height: height})
	r.until("its new size", func(text string) bool {
		first, _, _ := strings.Cut(text, "\n")
		return len([]rune(first)) == width-1 || width < minWidth || height < minHeight
	})
}

// ends waits for the program's end.
func (r *rig) ends() *screen {
	r.t.Helper()
	select {
	case <-r.over:
		return r.model
	case <-time.After(patience):
		r.t.Fatalf("the program does not end:\n%s", r.term.Text())
		return nil
	}
}

var (
	anyTime    = regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`)
	anyElapsed = regexp.MustCompile(`\b\d{1,2}:\d\d\b`)
	anyPort    = regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)
	anyUUID    = regexp.MustCompile(strings.ReplaceAll(`X{8}-?(?:\n *)?X{4}-?(?:\n *)?X{4}-?(?:\n *)?X{4}-?(?:\n *)?X{12}`, "X", `(?:[0-9a-f](?:\n *)?)`)) // also broken over lines
	anyCall    = regexp.MustCompile(`"id": \d+,`)
	anyLength  = regexp.MustCompile(`Content-Length: \d+`)
	anyMillis  = regexp.MustCompile(`\b\d+ ms`)
	anyTotal   = regexp.MustCompile(`\bof \d+( ·| ─)`)
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
	text = anyWeekday.ReplaceAllString(text, "Thu, 01 Jan 1970")
	return anyDate.ReplaceAllString(text, "1 January")
}

// golden compares the screen with the one that was looked at.
func (r *rig) golden(name string) {
	r.t.Helper()
	width, height := r.term.Size()
	got := r.known(steady(withoutCalls(r.still())))
	path := filepath.Join("testdata", "screen", fmt.Sprintf("%s_%dx%d.txt", name, width, height))
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Errorf("%v; write it with: go test ./ui -run %s -update", err, r.t.Name())
		return
	}
	if got+"\n" != string(want) {
		r.t.Errorf("%s differs; if it is right now: go test ./ui -update\n--- is\n%s\n--- was\n%s", path, got, want)
	}
}

// withoutCalls leaves out the lines under "What happened": what runs side by
// side comes in any order.
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
		}
	}
	return strings.Join(lines, "\n")
}

// known replaces what the sandbox made up for this run, width for width.
func (r *rig) known(text string) string {
	for _, x := range r.kit.Record().Resources {
		text = replaceFolded(text, x.ID, "i")
	}
	for _, value := range r.random {
		text = replaceFolded(text, value, "r")
		for n := len(value); n >= 8; n-- { // the rest of one whose beginning is scrolled away, and the other way round
			text = strings.ReplaceAll(text, value[len(value)-n:], strings.Repeat("r", n))
			text = strings.ReplaceAll(text, value[:n], strings.Repeat("r", n))
		}
	}
	return replaceFolded(text, r.kit.Record().ClientID, "c")
}

// linkCopied copies the page's link and takes its random part for one.
func (r *rig) linkCopied() string {
	r.t.Helper()
	r.press("c")
	r.when("Copied with a test.")
	r.mu.Lock()
	defer r.mu.Unlock()
	link := r.copied[len(r.copied)-1]
	r.random = append(r.random, regexp.MustCompile(`[0-9A-Za-z_.~-]+$`).FindString(link))
	return link
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
		if strings.Contains(s, "──") {
			return s[:strings.Index(s, "\n")] + "\n" + by
		}
		return regexp.MustCompile(`[0-9A-Za-z_.~-]`).ReplaceAllString(s, by)
	})
}

// fits insists that the chrome is whole at this size: the header, the keys.
func (r *rig) fits(name string) {
	r.t.Helper()
	width, height := r.term.Size()
	lines := strings.Split(r.still(), "\n")
	if !strings.Contains(lines[0], "run test") && width >= 80 || !strings.Contains(lines[0], "of 10 done") {
		r.t.Errorf("%s at %dx%d: the header is cut: %q", name, width, height, lines[0])
	}
	if last := lines[len(lines)-1]; len(lines) != height || !strings.Contains(last, "leave") && !strings.Contains(last, "back") && !strings.Contains(last, "commands") {
		r.t.Errorf("%s at %dx%d: the keys are cut or gone: %q", name, width, height, last)
	}
}

var rule = regexp.MustCompile(`^(.{34})?─{40,}$`)

var position = regexp.MustCompile(`lines (\d+)-(\d+) of (\d+)`)

// read scrolls through the page and returns all of its lines.
func (r *rig) read() []string {
	r.t.Helper()
	r.press("home")
	r.until("the top", func(text string) bool {
		m := position.FindStringSubmatch(text)
		return m == nil || m[1] == "1"
	})
	width, _ := r.term.Size()
	left, top := 0, 2
	if width >= railFrom {
		left, top = railWidth+1, 1
	}
	var all []string
	for {
		text := r.still()
		lines := strings.Split(text, "\n")
		m := position.FindStringSubmatch(text)
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
			r.press("up")
			r.until("a line up", func(text string) bool { n := position.FindStringSubmatch(text); return n == nil || n[1] != m[1] })
			continue
		}
		for i := len(all) + 1; i <= last; i++ {
			line := []rune(lines[min(top+i-first, len(lines)-1)])
			all = append(all, string(line[min(left, len(line)):]))
		}
		if m == nil || last >= total {
			return all
		}
		r.press("pgdown")
		r.until("the next page", func(text string) bool {
			n := position.FindStringSubmatch(text)
			return n != nil && n[1] != m[1]
		})
	}
}

// squeezed is a text without anything that wrapping may change.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\n' || c == '─' }), "")
}

// wholePage insists that every word of the step's lesson can be read.
func (r *rig) wholePage(id steps.ID) {
	r.t.Helper()
	width, height := r.term.Size()
	text := squeezed(strings.Join(r.read(), "\n"))
	step, _ := steps.Find(id)
	for _, block := range step.Lesson {
		all := append([]string{block.Heading, block.Text, block.Diagram}, block.List...)
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
	r.press("home")
}
