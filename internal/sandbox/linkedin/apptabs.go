package linkedin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

func (s *Portal) showApp(w http.ResponseWriter, r *http.Request, id, tab string, status int, problem, tried string) {
	var shown state.App
	var pageName string
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			shown = *a
			if p := world.Vendor.Pages[a.Page]; p != nil {
				pageName = p.Name
			}
		}
	})
	if err != nil || shown.ClientID == "" {
		s.Pages.NotFound(w, r)
		return
	}
	redirects := make([]string, len(shown.Redirects))
	for i, stored := range shown.Redirects {
		redirects[i] = site.Absolute(s.Pages.Base(), stored)
	}
	s.Pages.Render(w, status, site.View{Actor: site.LinkedIn, Title: shown.Name, Content: tab, Data: map[string]any{
		"Base": s.Pages.Path(), "Home": s.Pages.Path() + site.PortalPath + "/apps/" + id, "Tab": tab, "App": shown, "Page": pageName,
		"Secret": appSecret(s.Store.Secrets, id), "Redirects": redirects, "Problem": problem, "Tried": tried,
	}})
}

func (s *Portal) requestAccess(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			a.SignIn = true
		}
	})
	if err != nil {
		s.Pages.Problem(w, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/products")
}

// updateRedirects replaces the list by what the form has.
func (s *Portal) updateRedirects(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var list []string
	for _, entered := range r.PostForm["redirect"] {
		entered = strings.TrimSpace(entered)
		if entered == "" {
			continue
		}
		if !isRedirectURL(entered) {
			s.showApp(w, r, id, "redirects", http.StatusBadRequest, "This is not an absolute http or https URL without a fragment.", entered)
			return
		}
		if stored := s.Pages.RelativePublic(entered); !slices.Contains(list, stored) {
			list = append(list, stored)
		}
	}
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			a.Redirects = list
		}
	})
	if err != nil {
		s.Pages.Problem(w, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/auth")
}

func isRedirectURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "" && !strings.Contains(text, "#")
}
