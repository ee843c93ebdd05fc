package steps_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Credentials expire again and again while steps run side by side and readers
// look on. Nobody ever sees an environment that is gone or half made.
func TestNobodyLosesTheClientsWhileCredentialsAreRenewed(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		_ = (sandbox.Person{}).Allow(t.Context(), link)
		return "", false
	})
	ends := []string{"CreateUserPool", "CreateRole", "CreateUserPoolDomain", "CreateOauth2CredentialProvider", "CreateGateway", "CreateGatewayTarget"}
	var mu sync.Mutex
	expired, renewals := false, 0
	s.Intercept(func(op string, n int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		service, name, found := strings.Cut(op, ":")
		if !found || service == "gateway" {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if n == 1 && slices.Contains(ends, name) {
			expired = true
		}
		switch {
		case !expired:
			return false
		case service == "iam" || service == "sts":
			testkit.RefuseXML(w, 403, "ExpiredToken", "The security token included in the request is expired")
		default:
			testkit.Refuse(w, 403, "ExpiredTokenException", "The security token included in the request is expired")
		}
		return true
	})
	usual := s.Person
	s.Person = func(q engine.Question) (engine.Answer, bool) {
		if q.Name != "credentials" {
			return usual(q)
		}
		mu.Lock()
		defer mu.Unlock()
		expired = false
		renewals++
		return engine.Yes, true
	}
	walk := s.NewWalk(steps.Tutorial())
	over := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			open := false
			for {
				select {
				case <-over:
					return
				case <-time.After(time.Millisecond):
				}
				w := walk.Environment()
				if w == nil && !open {
					continue
				}
				open = true
				if w == nil || w.Account == "" || w.Region == "" || w.STS == nil || w.Control == nil || w.CallerARN == "" {
					t.Errorf("a reader sees %+v", w)
					return
				}
			}
		})
	}
	s.MustComplete(s.DriveWalk(walk, testkit.NewMachine(engine.Mode{Follow: true}, nil)))
	close(over)
	readers.Wait()
	if renewals < 3 {
		t.Errorf("only %d renewals: this proves little", renewals)
	}
}
