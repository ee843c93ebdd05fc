package sandbox

import (
	"slices"
	"time"
)

// ReadyApp returns the credentials of an app that needs no visit to the portal:
// it has the sign-in product, and the callback of every provider made with it
// registers itself. It is made on first use and stays the same in one world.
func (s *Server) ReadyApp() (clientID, clientSecret string) {
	err := s.change(func(w *world, now time.Time) error {
		if w.Provider.Ready == "" {
			id, pageID := "78"+randomText(12, lowerAlphabet), randomText(8, "0123456789")
			w.Provider.Pages[pageID] = &page{ID: pageID, Name: "Ready Page"}
			w.Provider.Apps[id] = &app{ClientID: id, Name: "Ready app", Page: pageID, SignIn: true, Created: now}
			w.Provider.Ready = id
		}
		clientID = w.Provider.Ready
		return nil
	})
	if err != nil {
		// The world could not be saved; the app is not there, and using it will say so.
		s.log.Error("ready app", "error", err)
	}
	return clientID, s.appSecret(clientID)
}

// registerReady adds a provider's callback to the ready app, if it is the provider's app.
func (w *world) registerReady(p *oauthProvider) {
	a := w.Provider.Apps[p.ClientID]
	if a == nil || p.ClientID != w.Provider.Ready {
		return
	}
	if callback := callbackPath + p.Callback; !slices.Contains(a.Redirects, callback) {
		a.Redirects = append(a.Redirects, callback)
	}
}
