package chromium

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed judge.js
var judgeScript string

// The windows and color schemes in which every page is judged.
var (
	windows = []window{{"desktop", 1200, 800, nil}, {"phone", 390, 844, []chromedp.EmulateViewportOption{chromedp.EmulateMobile}}}
	schemes = []string{"dark", "light"}
)

type window struct {
	name          string
	width, height int64
	options       []chromedp.EmulateViewportOption
}

// Judge looks at the pages of one test.
type Judge struct {
	t       *testing.T
	tab     context.Context
	headers map[string]string // of the first page, by window and mark
	names   map[string]bool
}

// NewJudge returns a Judge of the pages in a tab.
func NewJudge(t *testing.T, tab context.Context) *Judge {
	return &Judge{t, tab, map[string]string{}, map[string]bool{}}
}

// verdict is what judge.js returns.
type verdict struct {
	Problems            []string
	Title, Header, Note string
	Focusable           int
}

// Look fails the test unless the page in the tab is like the others in every window
// and scheme: it does not scroll sideways, all text has a contrast of at least 4.5:1,
// it loads nothing, the focus is visible, the header is that of the pages before, and
// SANDBOX is in it, or is not. If AGENTCORE_3LO_PICTURES names a folder, it gets the
// pictures.
func (j *Judge) Look(name string, sandbox bool) {
	j.t.Helper()
	if j.names[name] {
		j.t.Errorf("two pages are called %s", name)
	}
	j.names[name] = true
	Do(j.t, j.tab, chromedp.WaitReady("h1"))
	for _, w := range windows {
		for _, scheme := range schemes {
			Do(j.t, j.tab, chromedp.EmulateViewport(w.width, w.height, w.options...), prefer(scheme))
			seen := Get(j.t, j.tab, chromedp.Evaluate[verdict](judgeScript))
			for _, problem := range j.problems(w.name, seen, sandbox) {
				j.t.Errorf("%s (%s, %s): %s", name, w.name, scheme, problem)
			}
			j.picture(name + "-" + w.name + "-" + scheme)
		}
	}
	Do(j.t, j.tab, chromedp.EmulateViewport(windows[0].width, windows[0].height))
	j.focus(name)
}

func (j *Judge) problems(window string, seen verdict, sandbox bool) []string {
	found := seen.Problems
	if marked := strings.Contains(seen.Header, "mark SANDBOX") && strings.HasSuffix(seen.Title, " · SANDBOX"); marked != sandbox {
		found = append(found, "SANDBOX is wrong in the header or the title: "+seen.Header+"; "+seen.Title)
	}
	if seen.Note == "" {
		found = append(found, "the header does not say which part this is")
	}
	key := window
	if sandbox {
		key += " sandbox"
	}
	if first := j.headers[key]; first != "" && first != seen.Header {
		found = append(found, "the header is "+seen.Header+", but it was "+first)
	}
	j.headers[key] = seen.Header
	return found
}

// focus fails the test if the Tab key does not show where the focus is.
func (j *Judge) focus(name string) {
	j.t.Helper()
	if Get(j.t, j.tab, chromedp.Evaluate[verdict](judgeScript)).Focusable == 0 {
		return
	}
	Do(j.t, j.tab, chromedp.KeyEvent(kb.Tab))
	outline := Get(j.t, j.tab, chromedp.Evaluate[string](`document.activeElement.localName + " " + getComputedStyle(document.activeElement).outline`))
	if strings.HasPrefix(outline, "body") || !strings.Contains(outline, "solid 3px") {
		j.t.Errorf("%s: the focus is not visible: %s", name, outline)
	}
	Do(j.t, j.tab, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
}

// picture saves a screenshot to the folder in AGENTCORE_3LO_PICTURES.
func (j *Judge) picture(name string) {
	j.t.Helper()
	dir := os.Getenv("AGENTCORE_3LO_PICTURES")
	if dir == "" {
		return
	}
	png := Get(j.t, j.tab, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		j.t.Fatal(err)
	}
}

// prefer sets the color scheme.
func prefer(scheme string) Step {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}
