package bridge

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
)

// quiet is how long nobody is asked again after a refusal: an agent that repeats its
// calls must not wear the user down.
const quiet = 30 * time.Second

// linger is how long a listener stays after its consent has ended.
const linger = 10 * time.Second

// state is where a consent is.
type state string

// The states.
const (
	asking   state = "asking" // the user has not answered, or has not finished in the browser
	bound    state = "bound"  // AgentCore has the user's token
	declined state = "declined"
	expired  state = "expired"
	replaced state = "replaced" // AgentCore no longer accepts the session
	failed   state = "failed"
)

// challenge is an answer of the gateway that asks for consent.
type challenge struct {
	links     []mcp.Elicitation
	token     string // that made the call
	returnURL string // that the call named
}

// question is what the user is asked.
type question struct {
	event.Link
	id     string
	client string // who asks, as it calls itself
	tool   string
}

// asker is one way to ask the user. Each round has one.
type asker interface {
	// ask asks the user until ctx is done, and passes on what they decide: whether they
	// go on to the link. Then they still have to consent in the browser, and only the
	// listener learns whether they did. An error means that the user cannot be asked.
	ask(ctx context.Context, q question, decide func(goesOn bool)) error
}

// consents asks the user for consent: one round at a time, however many calls wait for
// it.
type consents struct {
	run    Run
	log    *slog.Logger
	ctx    context.Context // as long as anybody may be asked
	rounds sync.WaitGroup

	mu   sync.Mutex
	last *round // nil before the first
}

// round is one consent, from the question to its end.
type round struct {
	id     string // a later call of the client may name it
	client string
	tool   string
	asker  asker
	first  challenge
	renew  func(context.Context) (challenge, error) // the call, made again

	done  chan struct{} // closed when the following are final
	state state
	err   error // why it failed
	ended time.Time

	before   *round        // whose listener has to be closed first; nil = none
	release  chan struct{} // closed when the next round needs the listener's port
	released chan struct{} // closed when it is free
}

// join returns the round that a call waits for, and begins one if there is none. A
// refusal that is only moments old still holds.
func (c *consents) join(begin func() *round) *round {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := c.last; last != nil {
		switch s := last.now(); {
		case s == asking, s == declined && time.Since(last.ended) < quiet:
			return last
		}
	}
	r := begin()
	r.id, r.done, r.release, r.released = rand.Text(), make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.before, c.last = c.last, r
	c.rounds.Go(func() { c.hold(r) })
	return r
}

// known returns the round with this ID if it is the last one, else nil.
func (c *consents) known(id string) *round {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.id == id {
		return c.last
	}
	return nil
}

// boundWithin reports whether a consent was given so recently.
func (c *consents) boundWithin(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last != nil && c.last.now() == bound && time.Since(c.last.ended) < d
}

// now is the round's state.
func (r *round) now() state {
	select {
	case <-r.done:
		return r.state
	default:
		return asking
	}
}

// hold holds the round. Its listener stays a while for a browser that is slow to fetch
// its last page, or reloads it; the waiting calls need not wait for that.
func (c *consents) hold(r *round) {
	defer close(r.released)
	if r.before != nil {
		close(r.before.release)
		<-r.before.released
		r.before = nil
	}
	listener, err := c.run.Listen(c.ctx)
	if err == nil {
		defer listener.Close()
		r.state, r.err = c.settle(c.ctx, r, listener)
	} else {
		c.run.Failed(err)
		r.state, r.err = failed, err
	}
	r.ended = time.Now()
	c.log.Info("bridge: a consent has ended", "state", r.state, "error", r.err)
	close(r.done)
	if err != nil || r.state == failed {
		return
	}
	select {
	case <-time.After(linger):
	case <-r.release:
	case <-c.ctx.Done():
	}
}
