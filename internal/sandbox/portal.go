package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// portal serves the provider's developer portal: the same tabs, in the same
// order, as the tutorial walks through.
func (s *Server) portal(path []string, method string) handle {
	get, post := method == http.MethodGet, method == http.MethodPost
	route := strings.Join(path, "/")
	switch {
	case get && route == "":
		return s.servePortalHome
	case get && route == "apps/new":
		return func(w http.ResponseWriter, r *http.Request) { s.showNewApp(w, r, http.StatusOK, "") }
	case post && route == "apps/new":
		return s.sameOrigin(s.createApp)
	case get && route == "pages/new":
		return func(w http.ResponseWriter, _ *http.Request) { s.showNewPage(w, http.StatusOK, "") }
	case post && route == "pages/new":
		return s.sameOrigin(s.createPage)
	case len(path) == 3 && path[0] == "apps":
		return s.portalApp(path[1], path[2], method)
	}
	return s.serveNotFound
}

func (s *Server) portalApp(id, tab, method string) handle {
	switch {
	case method == http.MethodGet && slices.Contains([]string{"settings", "auth", "products", "redirects"}, tab):
		return func(w http.ResponseWriter, r *http.Request) { s.showApp(w, r, id, tab, http.StatusOK, "", "") }
	case method == http.MethodPost && tab == "products":
		return s.sameOrigin(func(w http.ResponseWriter, r *http.Request) { s.requestAccess(w, r, id) })
	case method == http.MethodPost && tab == "redirects":
		return s.sameOrigin(func(w http.ResponseWriter, r *http.Request) { s.updateRedirects(w, r, id) })
	}
	return s.serveNotFound
}

// sameOrigin refuses forms that another site submits, by what the browser says
// of them; clients that are no browsers say nothing and pass.
func (s *Server) sameOrigin(next handle) handle {
	protection := http.NewCrossOriginProtection()
	if s.public != nil {
		_ = protection.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host) // checked by newServer
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(r) != nil {
			s.render(w, http.StatusForbidden, view{Site: siteProvider, Title: "This form came from another site", Content: "problem", Data: "Open the portal and fill the form in there."})
			return
		}
		form, err := url.ParseQuery(string(bodyOf(r)))
		if err != nil {
			s.providerProblem(w, "The form could not be read", "Go back and try again.")
			return
		}
		r.PostForm = form
		next(w, r)
	}
}

func (s *Server) servePortalHome(w http.ResponseWriter, _ *http.Request) {
	var apps []app
	err := s.change(func(world *world, _ time.Time) error {
		for _, a := range world.Provider.Apps {
			apps = append(apps, *a)
		}
		return nil
	})
	if err != nil {
		s.providerProblem(w, "Something went wrong", err.Error())
		return
	}
	slices.SortFunc(apps, func(a, b app) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ClientID, b.ClientID)
	})
	s.render(w, http.StatusOK, view{Site: siteProvider, Title: "My apps", Content: "apps", Data: map[string]any{"Apps": apps}})
}

func (s *Server) showNewApp(w http.ResponseWriter, r *http.Request, status int, problem string) {
	var pages []page
	err := s.change(func(world *world, _ time.Time) error {
		for _, p := range world.Provider.Pages {
			pages = append(pages, *p)
		}
		return nil
	})
	if err != nil {
		problem = err.Error()
	}
	slices.SortFunc(pages, func(a, b page) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	s.render(w, status, view{Site: siteProvider, Title: "Create an app", Content: "newapp", Data: map[string]any{
		"Pages": pages, "Page": r.URL.Query().Get("page"), "Name": r.PostForm.Get("name"), "Problem": problem,
	}})
}

func (s *Server) createApp(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.PostForm.Get("name"))
	a := &app{ClientID: "78" + randomText(12, lowerAlphabet), Name: name, Page: r.PostForm.Get("page"), Created: s.now()}
	problem := ""
	err := s.change(func(world *world, _ time.Time) error {
		switch {
		case name == "" || len(name) > 100:
			problem = "Give your app a name of at most 100 characters."
		case world.Provider.Pages[a.Page] == nil:
			problem = "Choose the LinkedIn Page that your app belongs to."
		default:
			world.Provider.Apps[a.ClientID] = a
		}
		return nil
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

func (s *Server) seeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, s.basePath()+portalPath+path, http.StatusSeeOther)
}

func (s *Server) showNewPage(w http.ResponseWriter, status int, problem string) {
	s.render(w, status, view{Site: siteProvider, Title: "Create a LinkedIn Page", Content: "newpage", Data: map[string]any{"Problem": problem}})
}

func (s *Server) createPage(w http.ResponseWriter, r *http.Request) {
	p := &page{ID: randomText(8, "0123456789"), Name: strings.TrimSpace(r.PostForm.Get("name"))}
	if p.Name == "" || len(p.Name) > 100 {
		s.showNewPage(w, http.StatusBadRequest, "Give your Page a name of at most 100 characters.")
		return
	}
	err := s.change(func(world *world, _ time.Time) error {
		world.Provider.Pages[p.ID] = p
		return nil
	})
	if err != nil {
		s.showNewPage(w, http.StatusInternalServerError, err.Error())
		return
	}
	s.seeOther(w, r, "/apps/new?page="+p.ID)
}

func (s *Server) showApp(w http.ResponseWriter, r *http.Request, id, tab string, status int, problem, tried string) {
	var shown app
	var pageName string
	err := s.change(func(world *world, _ time.Time) error {
		if a := world.Provider.Apps[id]; a != nil {
			shown = *a
			if p := world.Provider.Pages[a.Page]; p != nil {
				pageName = p.Name
			}
		}
		return nil
	})
	if err != nil || shown.ClientID == "" {
		s.serveNotFound(w, r)
		return
	}
	redirects := make([]string, len(shown.Redirects))
	for i, stored := range shown.Redirects {
		redirects[i] = here(s.base(), stored)
	}
	s.render(w, status, view{Site: siteProvider, Title: shown.Name, Content: tab, Data: map[string]any{
		"Base": s.basePath(), "Home": s.basePath() + portalPath + "/apps/" + id, "Tab": tab, "App": shown, "Page": pageName,
		"Secret": s.appSecret(id), "Redirects": redirects, "Problem": problem, "Tried": tried,
	}})
}

func (s *Server) requestAccess(w http.ResponseWriter, r *http.Request, id string) {
	err := s.change(func(world *world, _ time.Time) error {
		if a := world.Provider.Apps[id]; a != nil {
			a.SignIn = true
		}
		return nil
	})
	if err != nil {
		s.providerProblem(w, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/products")
}

// updateRedirects replaces the list by what the form has.
func (s *Server) updateRedirects(w http.ResponseWriter, r *http.Request, id string) {
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
		if stored := s.oursPublic(entered); !slices.Contains(list, stored) {
			list = append(list, stored)
		}
	}
	err := s.change(func(world *world, _ time.Time) error {
		if a := world.Provider.Apps[id]; a != nil {
			a.Redirects = list
		}
		return nil
	})
	if err != nil {
		s.providerProblem(w, "Something went wrong", err.Error())
		return
	}
	s.seeOther(w, r, "/apps/"+id+"/auth")
}

func isRedirectURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "" && !strings.Contains(text, "#")
}
