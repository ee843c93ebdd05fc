// Package chromium runs a headless browser for tests.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// limit is the maximum time of a test with a browser.
const limit = 2 * time.Minute

// Start opens a browser tab for a test. Without Chromium, the test is skipped, or
// fails if AGENTCORE_3LO_REQUIRE_CHROMIUM is set.
func Start(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("AGENTCORE_3LO_REQUIRE_CHROMIUM") != "" {
			t.Fatal("no chromium on PATH, but AGENTCORE_3LO_REQUIRE_CHROMIUM is set")
		}
		t.Skip("SKIPPED: no chromium on PATH, so the pages were not tested in a real browser. Debian's package is called chromium.")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-back-forward-cache", true), // cached pages fire no load event
		chromedp.WindowSize(900, 760), chromedp.UserDataDir(t.TempDir()))
	ctx, stop := context.WithTimeout(context.Background(), limit)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, flags...)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		closeTab()
		stopBrowser()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// Step is an action in the tab.
type Step = chromedp.Action[chromedp.Void]

// Do runs steps in the tab.
func Do(t *testing.T, ctx context.Context, all ...Step) {
	t.Helper()
	if err := chromedp.Do(ctx, all...); err != nil {
		page, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
		t.Fatalf("%v; the page says:\n%s", err, page)
	}
}

// Get runs an action and returns its value.
func Get[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Text returns the text in the tab.
func Text(t *testing.T, ctx context.Context) string {
	t.Helper()
	Do(t, ctx, chromedp.WaitReady("h1"))
	return Get(t, ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
}
