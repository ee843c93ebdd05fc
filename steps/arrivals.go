package steps

import (
	"context"
	"fmt"

	"agentcore-3lo/callback"
)

// maxArrivals bounds what is told of one link's arrivals: any page can make a
// browser visit the return URL again and again.
const maxArrivals = 8

// unusable reports what comes to the return URL and completes nothing, in words
// for the terminal and each kind once, until ctx ends. It ends nothing.
func (r *round) unusable(ctx context.Context) <-chan string {
	words := make(chan string)
	go func() {
		told := map[string]bool{}
		for len(told) < maxArrivals {
			select {
			case a := <-r.listener.Arrivals():
				said := r.useless(a)
				if said == "" || told[said] {
					continue
				}
				told[said] = true
				select {
				case words <- said:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return words
}

// useless says what a browser brought that completes nothing: an OAuth error or
// nothing at all, or another session than those that are pending. Anybody can
// make a browser do that, so that it decides nothing. It is "" for the rest.
func (r *round) useless(a callback.Arrival) string {
	var said string
	switch {
	case a.Kind == callback.ArrivalMalformed && a.Code != "":
		said = fmt.Sprintf("A browser came back with the error %q and without a session.", a.Code)
	case a.Kind == callback.ArrivalMalformed:
		said = "A browser opened the return URL without a session."
	case a.Kind == callback.ArrivalUnknown:
		said = "A browser came back with a session that this program did not start."
	case a.Kind == callback.ArrivalEarlier:
		said = "A browser came back with a session from before this program restarted. Only the link shown now can be completed."
	case a.Kind == callback.ArrivalExpired:
		said = "A browser came back with a session that has expired."
	default:
		return ""
	}
	said += " Nothing was completed, and the wait for the consent continues."
	if !r.Settings.Unattended {
		said += " If it was your browser, get a fresh link or decline here."
	}
	return said
}
