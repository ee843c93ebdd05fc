package linkedin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// profile is the response of userinfo, in LinkedIn's order.
type profile struct {
	Sub        string  `json:"sub"`
	Name       string  `json:"name,omitempty"`
	GivenName  string  `json:"given_name,omitempty"`
	FamilyName string  `json:"family_name,omitempty"`
	Picture    string  `json:"picture,omitempty"`
	Locale     *locale `json:"locale,omitempty"`
	Email      string  `json:"email,omitempty"`
	Verified   *bool   `json:"email_verified,omitempty"`
}

type locale struct {
	Country  string `json:"country"`
	Language string `json:"language"`
}

const memberName, memberEmail = "Ana Example", "ana@example.com"

// member returns the profile of the user who signs in, as far as the scopes allow.
func member(scopes []string) *profile {
	shown := &profile{Sub: "782bbtaQsb"}
	if slices.Contains(scopes, "profile") {
		shown.Name, shown.GivenName, shown.FamilyName = memberName, "Ana", "Example"
		shown.Picture = "https://media.licdn.com/dms/image/sandbox/profile-displayphoto-shrink_100_100/0/ana-example"
		shown.Locale = &locale{Country: "US", Language: "en"}
	}
	if slices.Contains(scopes, "email") {
		verified := true
		shown.Email, shown.Verified = memberEmail, &verified
	}
	return shown
}

// API responds instead of api.linkedin.com. It fails for what the sandbox does
// not simulate.
func API(w *state.World, grant string, now time.Time, method string, address *url.URL) (status int, body any, err error) {
	if address.Host != "api.linkedin.com" {
		return 0, nil, fmt.Errorf("the sandbox plays api.linkedin.com only, and does not call %s://%s", address.Scheme, address.Host)
	}
	if method != http.MethodGet || address.Path != "/v2/userinfo" {
		return 0, nil, fmt.Errorf("%s %s answered 404: the sandbox plays GET /v2/userinfo only", method, address.Path)
	}
	status, body = userInfo(w, grant, now)
	return status, body, nil
}

// userInfo returns the profile that a grant allows, or the error for an invalid
// access token.
func userInfo(w *state.World, grant string, now time.Time) (status int, body any) {
	g := w.Vendor.Grants[grant]
	if g == nil || g.Redeemed.IsZero() || now.After(g.Redeemed.Add(accessLifetime)) || w.Vendor.Apps[g.App] == nil || !slices.Contains(g.Scopes, "openid") {
		return http.StatusUnauthorized, map[string]any{"status": http.StatusUnauthorized, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"}
	}
	return http.StatusOK, member(g.Scopes)
}

func (s *Provider) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	id, _ := s.Store.Secrets.Resolve(forAccess, bearer)
	var status int
	var body any
	err := s.Store.Update(func(world *state.World, now time.Time) { status, body = userInfo(world, id, now) })
	if err != nil {
		status, body = http.StatusInternalServerError, map[string]any{"status": http.StatusInternalServerError, "message": "Internal Server Error"}
	}
	site.WriteJSON(w, site.JSON, status, body)
}
