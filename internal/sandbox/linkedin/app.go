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
	"agentcore-3lo/internal/web"
)

// showTab shows a tab of the app in the path.
func (s *Portal) showTab(tab func(appView) []g.Node) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.showApp(w, r, http.StatusOK, tab, appView{}) }
}

// showApp shows a tab of the app in the path. v has what was entered in a form.
func (s *Portal) showApp(w http.ResponseWriter, r *http.Request, status int, tab func(appView) []g.Node, v appView) {
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		a := world.Vendor.Apps[r.PathValue("id")]
		if a == nil {
			return
		}
		v.app = *a
		if p := world.Vendor.Pages[a.Page]; p != nil {
			v.page = p.Name
		}
		for _, grant := range world.Vendor.Grants {
			if grant.App == a.ClientID {
				v.grants++
				if !grant.Redeemed.IsZero() {
					v.tokens++
				}
			}
		}
	})
	if err != nil || v.app.ClientID == "" {
		s.Pages.NotFound(w, r)
		return
	}
	v.portal = s.home()
	v.confirm = s.Pages.Base() + site.PortalPath + "/verify/" + s.Store.Secrets.Issue(forConfirm, v.app.ClientID)
	v.secret, v.show = appSecret(s.Store.Secrets, &v.app), r.URL.Query().Get("show")
	if v.redirects == nil {
		for _, stored := range v.app.Redirects {
			v.redirects = append(v.redirects, site.Absolute(s.Pages.Base(), stored))
		}
	}
	s.Pages.Render(w, status, site.View{Actor: site.LinkedIn, Back: web.Link{Href: s.home(), Text: "My apps"}, Title: v.app.Name, Content: tab(v)})
}

// changeApp changes the app in the path, and shows one of its tabs next.
func (s *Portal) changeApp(w http.ResponseWriter, r *http.Request, next string, change func(*state.App)) {
	id := r.PathValue("id")
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			change(a)
		}
	})
	if err != nil {
		s.Pages.Broken(w, site.LinkedIn, err)
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/"+next)
}

// requestAccess adds the product. The app has to be verified before.
func (s *Portal) requestAccess(w http.ResponseWriter, r *http.Request) {
	verified := false
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[r.PathValue("id")]; a != nil {
			verified = a.Verified
			a.SignIn = a.SignIn || verified
		}
	})
	switch {
	case err != nil:
		s.Pages.Broken(w, site.LinkedIn, err)
	case !verified:
		s.showApp(w, r, http.StatusBadRequest, appView.products, appView{problem: "Verify the app first: Settings tab, Verify."})
	default:
		s.seeOther(w, r, "/apps/"+r.PathValue("id")+"/products")
	}
}

// generateSecret replaces the client secret. The old one stops working.
func (s *Portal) generateSecret(w http.ResponseWriter, r *http.Request) {
	s.changeApp(w, r, "auth?show=secret", func(a *state.App) { a.Secrets++ })
}

// updateRedirects replaces the list by the one in the form, or only adds a field to
// the form.
func (s *Portal) updateRedirects(w http.ResponseWriter, r *http.Request) {
	list, entered := []string{}, []string{}
	for _, link := range r.PostForm["redirect"] {
		if link = strings.TrimSpace(link); link == "" {
			continue
		}
		entered = append(entered, link)
		if stored := s.Pages.RelativePublic(link); !slices.Contains(list, stored) {
			list = append(list, stored)
		}
	}
	if r.PostForm.Has("add") {
		s.showApp(w, r, http.StatusOK, appView.editRedirects, appView{redirects: append(entered, "")})
		return
	}
	if i := slices.IndexFunc(entered, isNoRedirectURL); i >= 0 {
		s.showApp(w, r, http.StatusBadRequest, appView.editRedirects,
			appView{problem: "Enter an absolute http or https URL without a fragment.", redirects: entered, unusable: entered[i]})
		return
	}
	s.changeApp(w, r, "auth", func(a *state.App) { a.Redirects = list })
}

func isNoRedirectURL(text string) bool {
	parsed, err := url.Parse(text)
	return err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" || strings.Contains(text, "#")
}
