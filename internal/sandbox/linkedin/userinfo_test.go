package linkedin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox/state"
)

func TestOnlyUserinfoOfLinkedInIsSimulated(t *testing.T) {
	for name, c := range map[string]struct{ method, address, refusal string }{
		"userinfo":         {http.MethodGet, "https://api.linkedin.com/v2/userinfo", ""},
		"another path":     {http.MethodGet, "https://api.linkedin.com/v2/me", "GET /v2/me answered 404"},
		"another method":   {http.MethodPost, "https://api.linkedin.com/v2/userinfo", "POST /v2/userinfo answered 404"},
		"another host":     {http.MethodGet, "https://api.example.com/v2/userinfo", "does not call https://api.example.com"},
		"the host as user": {http.MethodGet, "https://api.linkedin.com@example.com/v2/userinfo", "does not call https://example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			address, err := url.Parse(c.address)
			if err != nil {
				t.Fatal(err)
			}
			status, _, err := API(&state.World{}, "none", time.Now(), c.method, address)
			switch {
			case c.refusal == "" && (err != nil || status != http.StatusUnauthorized):
				t.Errorf("status %d, error %v, want 401 for a grant that does not exist", status, err)
			case c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)):
				t.Errorf("error %v, want %q", err, c.refusal)
			}
		})
	}
}
