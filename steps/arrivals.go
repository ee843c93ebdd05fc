package steps

import (
	"context"
	"fmt"

	"agentcore-3lo/callback"
)

// maxArrivals bounds what is told of one link's arrivals: any page can make a
// browser visit the return URL again and again.
const maxArrivals = 8

// unusable reports what comes to the return URL without a session, in words for
// the terminal and each kind once, until ctx ends. It completes nothing and ends
// nothing.
func (r *round) unusable(ctx context.Context) <-chan string {
	words := make(chan string)
	go func() {
		told := map[string]bool{}
		for len(told) < maxArrivals {
			select {
			case a := <-r.listener.Seen():
				if a.Kind != callback.ArrivalMalformed || told[a.Code] {
					continue
				}
				told[a.Code] = true
				select {
				case words <- r.withoutSession(a.Code):
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

// withoutSession says that a browser came with an OAuth error, or with nothing.
// Anybody can make a browser do that, so that it decides nothing.
func (r *round) withoutSession(code string) string {
	said := "A browser opened the return URL without a session."
	if code != "" {
		said = fmt.Sprintf("A browser came back with the error %q and without a session.", code)
	}
	said += " Nothing was completed, and the wait for the consent continues."
	if !r.Settings.Unattended {
		said += " If it was your browser, get a fresh link or decline here."
	}
	return said
}
