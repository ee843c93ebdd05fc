package steps

import (
	"context"
	"fmt"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/wire"
)

// maxArrivals and maxKinds bound what is told of one link's arrivals: any page can
// make a browser visit the return URL again and again.
const (
	maxArrivals = 64
	maxKinds    = 8
)

// useless tells what comes to the return URL, and reports in words, each kind
// once, what completes nothing. It ends nothing. The channel is closed after ctx
// ends.
func (d *dialogue) useless(ctx context.Context) <-chan string {
	words := make(chan string)
	go func() {
		defer close(words)
		said := map[string]bool{}
		for n := 0; ; n++ {
			a, ok := d.arrival(ctx)
			if !ok || n >= maxArrivals && ctx.Err() != nil {
				return
			}
			if n < maxArrivals {
				d.person.Tell(wire.Arrival{Kind: string(a.Kind), Code: a.Code, Session: a.Session, Time: a.Time, URL: d.scope.Run.Record().Settings.ReturnURL,
					Status: a.Status, MS: a.Took.Milliseconds()})
			}
			what := describeArrival(a, !d.settings.Unattended)
			if what == "" || said[what] || len(said) == maxKinds {
				continue
			}
			said[what] = true
			select {
			case words <- what:
			case <-ctx.Done():
			}
		}
	}()
	return words
}

// arrival waits for the next one. What has come before ctx ended still counts.
func (d *dialogue) arrival(ctx context.Context) (a callback.Arrival, ok bool) {
	select {
	case a = <-d.round.Arrivals():
		return a, true
	case <-ctx.Done():
	}
	select {
	case a = <-d.round.Arrivals():
		return a, true
	default:
		return a, false
	}
}

// describeArrival says what a browser brought that completes nothing: an OAuth
// error or nothing at all, or another session than those that are pending.
// Anybody can make a browser do that, so that it decides nothing. It is "" for
// the rest.
func describeArrival(a callback.Arrival, attended bool) string {
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
	if attended {
		said += " If it was your browser, get a fresh link or decline here."
	}
	return said
}
