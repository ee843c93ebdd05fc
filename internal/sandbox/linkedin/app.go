package linkedin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// showApp shows a tab of the app in the path. v has what was entered in a form.
func (s *Portal) showApp(w http.ResponseWriter, r *http.Request, status int, tab func(appView) []g.Node, v appView) {
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[r.PathValue("id")]; a != nil {
			v.app = *a
			if p := world.Vendor.Pages[a.Page]; p != nil {
				v.page = p.Name
			}
		}
	})
	if err != nil || v.app.ClientID == "" {
		s.Pages.NotFound(w, r)
		return
	}
	v.portal, v.secret = s.home(), appSecret(s.Store.Secrets, v.app.ClientID)
	for _, stored := range v.app.Redirects {
		v.redirects = append(v.redirects, site.Absolute(s.Pages.Base(), stored))
	}
	s.Pages.Render(w, status, site.View{Actor: site.LinkedIn, Title: v.app.Name, Content: tab(v)})
}

func (s *Portal) requestAccess(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			a.SignIn = true
		}
	})
	if err != nil {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/products")
}

// updateRedirects replaces the list by the one in the form.
func (s *Portal) updateRedirects(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var list []string
	for _, entered := range r.PostForm["redirect"] {
		entered = strings.TrimSpace(entered)
		if entered == "" {
			continue
		}
		if !isRedirectURL(entered) {
			s.showApp(w, r, http.StatusBadRequest, appView.editRedirects, appView{problem: "Enter an absolute http or https URL without a fragment.", entered: entered})
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
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/auth")
}

func isRedirectURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "" && !strings.Contains(text, "#")
}
