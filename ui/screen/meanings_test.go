package screen

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// meanings says which words on the screen are one meaning of a key. A word that
// is not here is a meaning of its own.
var meanings = map[string][]string{
	"enter":  {"begin", "try again", "answer", "next step", "to the field", "begin, try again, answer, or continue", "send", "renew", "finish", "choose"}, // the next thing to do
	"esc":    {"back", "leave a field, or go back", "commands", "keep waiting", "leave it"},
	"?":      {"help", "all keys"},
	"q":      {"leave", "leave, resume later", "leave; press twice to leave at once"},
	"ctrl+c": {"leave; press twice to leave at once"},
	"o":      {"open", "open the link", "open portal", "open it here", "open it in your browser"},
	"c":      {"copy", "copy the link"},
	"u":      {"bare", "show the bare link on a clean screen"},
	"p":      {"paste", "paste the address where the browser ended"},
	"r":      {"again", "do this step again"},
	"t":      {"lesson", "this step's lesson"},
	"l":      {"log", "the log of calls"},
	"x":      {"clean up", "leave and clean up"},
	"y":      {"yes", "yes, use them", "do it again"},
	"n":      {"no", "no, I give others", "no, I do it myself in a browser", "go on without"},
	"s":      {"let the simulated person do it"},
	"←":      {"steps", "look at the step before"},
	"→":      {"steps", "look at the next step; nothing that runs is disturbed"},
	"↑":      {"scroll", "move"},
	"↓":      {"scroll", "move"},
}

// meaning is the first of the words that mean the same.
func meaning(key, word string) string {
	if strings.HasPrefix(word, "go to ") { // step N, its title, ...
		word = "go to the step that can mend what went wrong"
	}
	if same := meanings[key]; slices.Contains(same, word) {
		return same[0]
	}
	return word
}

// A legend is what was said of the keys on any page: the meanings of each, with
// where one was said first.
type legend map[string]map[string]string

func (l legend) add(key, word, where string) {
	if regexp.MustCompile(`^\d$`).MatchString(key) { // a place in a list
		return
	}
	if l[key] == nil {
		l[key] = map[string]string{}
	}
	if m := meaning(key, word); l[key][m] == "" {
		l[key][m] = where
	}
}

// help reads the page that names all keys.
func (l legend) help() {
	for _, b := range pageKeys() {
		for _, key := range strings.Fields(strings.ReplaceAll(b.Help().Key, ",", " ")) {
			l.add(key, b.Help().Desc, "help")
		}
	}
}

// keyed finds the keys in a text whose keys are between these marks.
var keyed = regexp.MustCompile(`«([^»]+)»\s+([^«]*)`)

func (l legend) read(where, text string) {
	for _, found := range keyed.FindAllStringSubmatch(text, -1) {
		word := strings.Join(strings.Fields(found[2]), " ") // broken over lines
		word, _, _ = strings.Cut(word, " ? ")
		word = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(word), "·"), ",")
		for _, key := range split(found[1]) {
			l.add(key, strings.TrimSpace(word), where)
		}
	}
}

// split takes the arrows, which are shown in pairs, apart.
func split(key string) []string {
	key, _, _ = strings.Cut(key, " or ") // Enter, which takes the default
	switch key {
	case "←→":
		return []string{"←", "→"}
	case "↑↓":
		return []string{"↑", "↓"}
	}
	return []string{key}
}

// marked are styles that show what is a key.
func marked() styles {
	s := newStyles(true)
	s.key = lipgloss.NewStyle().Transform(func(key string) string { return "«" + key + "»" })
	return s
}

// keyReader is a front end that reads what the screen says of the keys, at every
// event of a walk, and answers by a script.
type keyReader struct {
	t      *testing.T
	legend legend
	s      *Screen
	run    ui.Run
	loop   *engine.Loop
	script map[string][]engine.Answer // to each question, in turn; the last for good
	asked  []string
}

func (r *keyReader) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	r.s, r.loop = Display{}.newScreen(ctx, Walkthrough{Run: r.run, Machine: m}), l
	r.s.style, r.s.width, r.s.height = marked(), 200, 60 // wide, so that no key is dropped
	go l.Send(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
}

func (r *keyReader) Show(_, after engine.Machine, e engine.Event) {
	r.s.m, r.s.looking, r.s.now = after, e.Step, e.Time
	r.s.record(e)
	switch b := e.Body.(type) {
	case engine.Asked:
		r.s.question(b.Question)
	case engine.Answered:
		r.s.field.close()
	}
	for o := none; o <= again; o++ {
		r.s.text.overlay = o
		r.look(string(e.Step))
	}
	r.s.text.overlay = none
	if asked, ok := e.Body.(engine.Asked); ok && after.Of(e.Step).State == engine.Asking {
		go r.loop.Answer(e.Step, r.answer(asked.Question))
	}
	if !after.Busy() {
		r.loop.Leave(nil)
	}
}

// look reads the page that is shown.
func (r *keyReader) look(where string) {
	if q := r.s.asking(); q != nil {
		where += ", question " + q.Name
		if q.Kind == engine.Confirm {
			r.legend.add("y", "yes", where)
			r.legend.add("n", "no", where)
		}
	}
	r.legend.read(where, r.s.frame().box(200))
	r.legend.read(where, keyLine{r.s.style, r.s.moment()}.Render(200))
	if r.s.field.typing { // and with the field left
		r.s.field.typing = false
		r.legend.read(where, keyLine{r.s.style, r.s.moment()}.Render(200))
		r.s.field.typing = true
	}
}

// answer takes the next answer of the script.
func (r *keyReader) answer(q engine.Question) engine.Answer {
	r.asked = append(r.asked, q.Name)
	answers := r.script[q.Name]
	if len(answers) == 0 {
		r.t.Errorf("no answer to %s (%s)", q.Name, q.Prompt)
		answers = []engine.Answer{engine.No}
	}
	if len(answers) > 1 {
		r.script[q.Name] = answers[1:]
	}
	return answers[0]
}

// Whoever has learned a key on one page knows it on every other one.
func TestNoKeyHasTwoMeanings(t *testing.T) {
	t.Parallel()
	box := testkit.StartSandbox(t)
	rec := testkit.NewRecord("test", true)
	rec.Settings.Port = freeport.Take(t)
	kit := testkit.NewWalk(run.Store{Dir: t.TempDir()}, rec, func(s *steps.Settings) {
		s.World.Sandbox, s.Simulated = box.Location(sandbox.AccessKeyID), sandbox.Person{}
		s.OpenURL = func(string) error { return nil }
	})
	id, secret := box.ReadyApp()
	r := &keyReader{t: t, legend: legend{}, script: map[string][]engine.Answer{
		"round_trip": {"open", "skip"}, "plan": {engine.Yes}, "app": {"myself"}, "linkedin_client_id": {engine.Answer(id)}, "linkedin_client_secret": {engine.Answer(secret)},
		"register_app": {"myself"}, "registered": {engine.Yes}, "consent": {"browser-error", "decline", "open", "new-link", "simulate"}, "browser_shows": {"1"}, "decline": {engine.No},
		"next": {"inspect", "connect", "again", "keep"}, "cleanup": {engine.Yes}}}
	cleanup, _ := steps.Find(steps.Cleanup)
	for _, m := range []engine.Machine{
		testkit.NewMachine(engine.Mode{Follow: true}, nil),
		testkit.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanup}),
	} {
		r.run = ui.RunOf(kit)
		if m, _ = engine.Drive(t.Context(), testkit.NewRunner(kit, true), m, r); !m.Complete() {
			t.Fatalf("it is not complete: %v", m.Failure())
		}
	}
	for name := range r.script {
		if !slices.Contains(r.asked, name) {
			t.Errorf("%s was not asked", name)
		}
	}
	r.pages()
	first := &opening{style: marked(), width: 120, height: 40}
	r.legend.read("the first page", first.keys())
	first.question = &engine.Question{}
	r.legend.read("the first page", first.keys())
	r.legend.help()

	for _, key := range []string{"enter", "esc", "q", "o", "c", "u", "p", "r", "g", "t", "l", "m", "s", "n", "f", "d", "b", "k", "a", "i", "e", "w", "x", "y", "←", "↑", "?", "ctrl+r"} {
		if len(r.legend[key]) == 0 {
			t.Errorf("nothing was read of the key %s", key)
		}
	}
	for key, all := range r.legend {
		if len(all) > 1 {
			t.Errorf("the key %s means, by where it is said first: %q", key, all)
		}
	}
}

// pages reads every step's page in the states that a smooth walk has not.
func (r *keyReader) pages() {
	m := testkit.NewMachine(engine.Mode{Manual: true}, nil)
	for _, step := range steps.Tutorial() {
		running := after(m, engine.Event{Step: step.ID, Body: engine.Go{}})
		m = after(running, engine.Event{Step: step.ID, Attempt: 1, Body: engine.Finished{}})
		for _, x := range []engine.Machine{
			running,
			after(running, engine.Event{Step: step.ID, Attempt: 1, Body: engine.Broke{Failure: engine.Failure{Fix: steps.Overview}}}),
			after(running, engine.Event{Step: step.ID, Attempt: 1, Body: engine.Finished{Stale: map[engine.ID]string{step.ID: "x"}}}),
			m,
		} {
			r.s.m, r.s.looking, r.s.pages = x, step.ID, map[engine.ID]*page{}
			for _, st := range x.Steps() {
				r.s.pages[st.ID] = &page{}
			}
			for o := none; o <= again; o++ {
				r.s.text.overlay = o
				r.look(string(step.ID))
			}
		}
	}
}

// t lays the lesson over the act, and takes nothing away from it.
func TestTheKeyForTheLesson(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	if text := r.Screen.Text(); strings.Contains(text, "The person who opens the link") || !strings.Contains(text, "t lesson") {
		t.Errorf("the act has its lesson on the page, or no key for it:\n%s", text)
	}
	link := r.link()
	r.Press("t")
	text := r.When("Consent", "Session binding", "The person who opens the link", "esc back")
	if strings.Contains(text, "Waiting for your browser") {
		t.Errorf("the act is there too:\n%s", text)
	}
	r.wholePage(steps.Consent)
	time.Sleep(terminal.Grace + 30*time.Millisecond)
	r.Press("s") // is no answer while the lesson is read
	r.When("The key s does nothing here", "The person who opens the link")
	r.Press("esc")
	r.Asks("Waiting for your browser")
	r.Press("t")
	r.When("The person who opens the link")
	r.Press("esc")
	r.Asks("Waiting for your browser")
	if again := r.link(); again != link {
		t.Errorf("another link: %s, was %s", again, link)
	}
	r.Press("s")
	r.When("9 of 10 done")
}

// g after a symptom goes to the step where it can be fixed; the link waits on.
func TestTheKeyThatMendsASymptom(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	if strings.Contains(r.Screen.Text(), "to fix it") {
		t.Error("something is to be mended before anything was said")
	}
	r.Press("b")
	r.Asks("What does your browser show?")
	r.Press("1")
	r.Asks("Waiting for your browser", "the callback URL is not in the app", "g go to step 7, Callback URL, to fix it")
	r.Press("g")
	r.When("7  Callback URL", "Fix it here: r does this step again.")
	r.Press("right", "right")
	r.Asks("Waiting for your browser", "g go to step 7")
	r.Press("b")
	r.Asks("What does your browser show?")
	r.Press("6") // nothing to mend elsewhere
	r.Asks("Waiting for your browser")
	r.Gone("to fix it")
	r.Press("s")
	r.When("9 of 10 done")
}

func TestTheKeyForAnotherRun(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("s")
	r.toProfile()
	r.When("w walk another run")
	r.Press("w")
	if s := r.ends(); s.run.Choice() != steps.Anew || !s.m.Complete() {
		t.Errorf("wish %q, complete %v", s.run.Choice(), s.m.Complete())
	}
	if len(r.kit.Run.Record().Resources) == 0 {
		t.Error("what stands was forgotten")
	}
}
