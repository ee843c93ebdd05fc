//go:build unix

package e2e_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"agentcore-3lo/internal/testkit/chromium"
)

// A real browser applies the page's policy, keeps its cookie, sends its form with an
// origin, and follows it to the vendor and back to the listener.
func TestABrowserConsentsOnThePageOfTheBridge(t *testing.T) {
	b := startBridge(t, newBridgedRun(t), bridgeOptions{})
	tab := chromium.Start(t)
	press := func(text string) chromium.Step {
		return chromedp.Click(`//*[(self::a or self::button) and starts-with(normalize-space(), "` + text + `")]`)
	}
	titled := func(heading string) chromium.Step {
		return chromedp.WaitVisible(`//h1[starts-with(normalize-space(), "` + heading + `")]`)
	}
	var caller sync.WaitGroup
	caller.Go(b.mustProfile)
	chromium.Do(t, tab, chromedp.Navigate(<-b.pages), titled("An agent asks for your consent"))
	chromium.NewJudge(t, tab).Look("bridge", true)
	if page := chromium.Text(t, tab); !strings.Contains(page, "request_uri=urn%3Aietf") || !strings.Contains(page, "called the tool "+profileTool) {
		t.Errorf("the browser shows %s", page)
	}
	chromium.Do(t, tab, chromedp.Reload(), press("Continue to"), chromedp.WaitVisible(`//a[.="Allow"]`), press("Allow"), titled("All set"))
	caller.Wait()
}
