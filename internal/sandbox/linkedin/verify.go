package linkedin

import (
	"net/http"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// showConfirm is the page of a verification link.
func (s *Portal) showConfirm(w http.ResponseWriter, r *http.Request) {
	var app state.App
	var page string
	id, known := s.Store.Secrets.Resolve(forConfirm, r.PathValue("link"))
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[id]; a != nil {
			app = *a
			if p := world.Vendor.Pages[a.Page]; p != nil {
				page = p.Name
			}
		}
	})
	if err != nil || !known || app.ClientID == "" {
		s.Pages.NotFound(w, r)
		return
	}
	s.Pages.Render(w, http.StatusOK, site.View{Actor: site.LinkedIn, Title: "Verify your app",
		Content: confirmPage(s.home()+"/verify/"+r.PathValue("link"), s.home()+"/apps/"+id+"/settings", app.Name, page)})
}

// confirm verifies the app of a verification link.
func (s *Portal) confirm(w http.ResponseWriter, r *http.Request) {
	id, known := s.Store.Secrets.Resolve(forConfirm, r.PathValue("link"))
	if !known {
		s.Pages.NotFound(w, r)
		return
	}
	r.SetPathValue("id", id)
	s.changeApp(w, r, "settings", func(a *state.App) { a.Verified = true })
}
