package linkedin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

// Portal is the developer portal, with the same tabs, in the same order, as in the
// tutorial.
type Portal struct {
	Store *state.Store
	Pages *site.Pages
}

// Routes returns the portal's pages and forms.
func (s *Portal) Routes() []site.Route {
	all := []site.Route{
		s.page("GET ", "", s.showApps),
		s.page("GET ", "/apps/new", func(w http.ResponseWriter, r *http.Request) { s.showNewApp(w, r, http.StatusOK, "") }),
		s.page("POST ", "/apps/new", s.sameOrigin(s.createApp)),
		s.page("GET ", "/pages/new", func(w http.ResponseWriter, _ *http.Request) { s.showNewPage(w, http.StatusOK, "") }),
		s.page("POST ", "/pages/new", s.sameOrigin(s.createPage)),
		s.page("POST ", "/apps/{id}/products", s.sameOrigin(s.requestAccess)),
		s.page("POST ", "/apps/{id}/redirects", s.sameOrigin(s.updateRedirects)),
		s.page("POST ", "/apps/{id}/secret", s.sameOrigin(s.generateSecret)),
		s.page("GET ", "/verify/{link}", s.showConfirm),
		s.page("POST ", "/verify/{link}", s.sameOrigin(s.confirm)),
	}
	for path, tab := range appTabs() {
		all = append(all, s.page("GET ", "/apps/{id}/"+path, s.showTab(tab)))
	}
	return all
}

// home is the path of the portal, for links.
func (s *Portal) home() string { return s.Pages.Path() + site.PortalPath }

func (s *Portal) page(method, path string, serve http.HandlerFunc) site.Route {
	return site.Route{Pattern: method + site.PortalPath + path, Operation: "portal", Serve: serve}
}

// sameOrigin rejects forms that another site submits, by the headers that browsers
// send. Other clients do not send them and are accepted.
func (s *Portal) sameOrigin(next http.HandlerFunc) http.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	if public := s.Pages.Public; public != nil {
		_ = protection.AddTrustedOrigin(public.Scheme + "://" + public.Host) // has been checked before
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(r) != nil {
			s.Pages.Problem(w, http.StatusForbidden, site.LinkedIn, "This form was submitted from another site", web.Result{
				Lead: "The portal accepts only its own forms.", Link: web.Link{Href: s.home(), Text: "Open the developer portal"}})
			return
		}
		form, err := url.ParseQuery(string(site.Body(r)))
		if err != nil {
			s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "The form could not be read", web.Result{
				Lead: "Nothing was changed.", Next: "Go back and try again."})
			return
		}
		r.PostForm = form
		next(w, r)
	}
}

func (s *Portal) showApps(w http.ResponseWriter, _ *http.Request) {
	var apps []state.App
	var pages []state.Page
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		for _, a := range world.Vendor.Apps {
			apps = append(apps, *a)
		}
		pages = companyPages(world)
	})
	if err != nil {
		s.Pages.Broken(w, site.LinkedIn, err)
		return
	}
	slices.SortFunc(apps, func(a, b state.App) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ClientID, b.ClientID)
	})
	s.Pages.Render(w, http.StatusOK, site.View{Actor: site.LinkedIn, Title: "My apps", Content: appsPage(s.home(), apps, pages)})
}

func (s *Portal) showNewApp(w http.ResponseWriter, r *http.Request, status int, problem string) {
	var pages []state.Page
	err := s.Store.Update(func(world *state.World, _ time.Time) { pages = companyPages(world) })
	if err != nil {
		problem = err.Error()
	}
	s.Pages.Render(w, status, site.View{Actor: site.LinkedIn, Back: web.Link{Href: s.home(), Text: "My apps"}, Title: "Create app", Content: newAppPage(s.home(), pages, r.URL.Query().Get("page"), r.PostForm.Get("name"), problem)})
}

// companyPages returns the Pages by name.
func companyPages(world *state.World) []state.Page {
	var all []state.Page
	for _, p := range world.Vendor.Pages {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b state.Page) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return all
}

func (s *Portal) createApp(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.PostForm.Get("name"))
	a := &state.App{ClientID: "78" + state.RandomText(12, state.Lower), Name: name, Page: r.PostForm.Get("page"), Created: s.Store.Now()}
	problem := ""
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		switch {
		case name == "" || len(name) > 100:
			problem = "Enter an app name of at most 100 characters."
		case r.PostForm.Get("terms") == "":
			problem = "Accept the terms."
		case world.Vendor.Pages[a.Page] == nil:
			problem = "Choose the LinkedIn Page of your app."
		default:
			world.Vendor.Apps[a.ClientID] = a
		}
	})
	if err != nil {
		problem = err.Error()
	}
	if problem != "" {
		s.showNewApp(w, r, http.StatusBadRequest, problem)
		return
	}
	s.seeOther(w, r, "/apps/"+a.ClientID+"/settings")
}

func (s *Portal) seeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, s.home()+path, http.StatusSeeOther)
}

func (s *Portal) showNewPage(w http.ResponseWriter, status int, problem string) {
	s.Pages.Render(w, status, site.View{Actor: site.LinkedIn, Back: web.Link{Href: s.home(), Text: "My apps"}, Title: "Create a Company Page", Content: newPagePage(s.home(), problem)})
}

func (s *Portal) createPage(w http.ResponseWriter, r *http.Request) {
	p := &state.Page{ID: state.RandomText(8, state.Digits), Name: strings.TrimSpace(r.PostForm.Get("name"))}
	if p.Name == "" || len(p.Name) > 100 {
		s.showNewPage(w, http.StatusBadRequest, "Enter a Page name of at most 100 characters.")
		return
	}
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		world.Vendor.Pages[p.ID] = p
	})
	if err != nil {
		s.showNewPage(w, http.StatusInternalServerError, err.Error())
		return
	}
	s.seeOther(w, r, "/apps/new?page="+p.ID)
}
