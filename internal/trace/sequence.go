package trace

import (
	"cmp"
	"fmt"
	"time"

	"agentcore-3lo/internal/wire"
)

// State is how far an arrow of the sequence is.
type State int

// The states.
const (
	ToCome State = iota
	InProgress
	Done
	Failed
)

// String is the state in words.
func (s State) String() string { return [...]string{"to come", "in progress", "done", "failed"}[s] }

// Arrow is one message of the sequence.
type Arrow struct {
	Number   int // from 1
	From, To wire.Party
	Label    string
	Seen     bool // this program sends or receives it; else it is concluded from others
	State    State
	Note     string    // "84 ms", "inferred", "-32042", whom it waits for, how it failed; "to come"
	Why      string    // more words for a failure; "" = Note says it all
	Exchange *Exchange // that shows it, or nil
}

// Sequence is a user-delegated call from the first request to the profile, in twelve
// arrows, of the newest consent.
type Sequence struct {
	Headline string
	Arrows   []Arrow
}

// arrows is the sequence before anything happened (AgentCore developer guide,
// "OAuth 2.0 authorization URL session binding").
var arrows = []Arrow{
	{From: wire.Program, To: wire.Gateway, Label: "tools/call", Seen: true},
	{From: wire.Gateway, To: wire.Identity, Label: "token?"},
	{From: wire.Gateway, To: wire.Program, Label: "open URL", Seen: true},
	{From: wire.Browser, To: wire.Vendor, Label: "sign in, Allow"},
	{From: wire.Vendor, To: wire.Identity, Label: "code"},
	{From: wire.Identity, To: wire.Browser, Label: "session_id"},
	{From: wire.Browser, To: wire.Program, Label: "return", Seen: true},
	{From: wire.Program, To: wire.Identity, Label: "CompleteResourceTokenAuth", Seen: true},
	{From: wire.Identity, To: wire.Vendor, Label: "exchange"},
	{From: wire.Program, To: wire.Gateway, Label: "tools/call", Seen: true},
	{From: wire.Gateway, To: wire.Vendor, Label: "GET /userinfo"},
	{From: wire.Gateway, To: wire.Program, Label: "profile", Seen: true},
}

// The arrows that something else than the one before them reaches.
const (
	callArrow     = 1
	tokenArrow    = 2
	linkArrow     = 3
	allowArrow    = 4
	codeArrow     = 5
	callbackArrow = 7
	bindArrow     = 8
	exchangeArrow = 9
	againArrow    = 10
	profileArrow  = 12
)

// mark is what a round knows of one arrow.
type mark struct {
	state    State
	note     string
	exchange *Exchange // that shows it, or nil
	why      string
}

// round is the newest consent and the calls after it. Its marks are those of the
// arrows, from 1.
type round struct {
	marks   [13]mark
	asked   *Exchange // the last call that was answered with a link
	working string    // the step whose attempt is under way, "" = none
}

func (r *round) set(n int, s State, note string, exchange *Exchange) {
	r.marks[n] = mark{state: s, note: note, exchange: exchange}
}

// conclude marks arrows as happened without having been seen.
func (r *round) conclude(from, to int) {
	for n := from; n <= to; n++ {
		if r.marks[n].state != Done {
			r.set(n, Done, "inferred", nil)
		}
	}
}

// forget returns arrows to what is to come.
func (r *round) forget(from int) { clear(r.marks[from:]) }

func (r *round) is(n int, s State) bool { return r.marks[n].state == s }

// event follows attempts and links.
func (r *round) event(step string, body any) {
	if _, opened := body.(Opened); !opened && step != consentStep && step != invokeStep {
		return
	}
	switch b := body.(type) {
	case Opened:
		r.working = ""
		if !r.is(exchangeArrow, Done) { // its link cannot be completed any more
			r.forget(0)
		}
	case Started:
		r.working = step
		if step == consentStep && !r.is(exchangeArrow, Done) {
			r.forget(0)
		}
	case Linked:
		if r.asked != nil && r.asked != r.marks[callArrow].exchange {
			r.begin(r.asked)
		}
	case Finished:
		r.working = ""
	case Broke:
		r.working = ""
		r.fail(b.Reason)
	}
}

// begin begins a round with the call that was answered with a link.
func (r *round) begin(x *Exchange) {
	r.forget(0)
	r.set(callArrow, Done, millis(x), x)
	r.conclude(tokenArrow, tokenArrow)
	r.set(linkArrow, Done, x.note, x)
	r.set(allowArrow, InProgress, "you", nil)
}

// exchange follows the calls of the sequence.
func (r *round) exchange(x *Exchange) {
	if x.Step != consentStep && x.Step != invokeStep {
		return
	}
	switch {
	case x.Operation == "CompleteResourceTokenAuth":
		r.bind(x)
	case x.Service != "gateway" || x.Operation != "tools/call":
	case x.note == fmt.Sprint(elicitation):
		r.asked = x
		if x.Step == consentStep {
			r.begin(x)
		} else if r.is(exchangeArrow, Done) { // the vault does not have the token yet
			r.forget(againArrow)
			r.set(againArrow, InProgress, x.note, x)
		}
	case x.Step == consentStep && !r.is(linkArrow, Done):
		r.call(callArrow, x)
	default:
		r.call(againArrow, x)
	}
}

// call marks a call that was answered without a link.
func (r *round) call(n int, x *Exchange) {
	r.forget(n)
	switch {
	case !x.Failed() && n == callArrow: // the vault has a token already: no consent is needed
		r.set(n, Done, millis(x), x)
		r.conclude(tokenArrow, tokenArrow)
	case !x.Failed():
		r.set(n, Done, millis(x), x)
		r.conclude(n+1, profileArrow-1)
		r.set(profileArrow, Done, x.Result(), x)
	case x.note != "": // the gateway answered with an error
		r.set(n, Done, millis(x), x)
		if n == againArrow {
			n = profileArrow
		} else {
			n = linkArrow
		}
		r.set(n, Failed, x.note, x)
	default:
		r.set(n, Failed, x.Result(), x)
	}
}

// bind marks a call that binds the session.
func (r *round) bind(x *Exchange) {
	if !r.is(callbackArrow, Done) { // the address was pasted
		r.conclude(allowArrow, callbackArrow-1)
		r.set(callbackArrow, Done, "pasted", nil)
	}
	if x.Failed() {
		r.set(bindArrow, Failed, x.Result(), x)
		return
	}
	r.set(bindArrow, Done, millis(x), x)
	r.conclude(exchangeArrow, exchangeArrow)
}

// arrival follows the browser. Only the session of the link that was shown counts.
func (r *round) arrival(x *Exchange) {
	switch x.Arrival.Kind {
	case known:
		r.conclude(allowArrow, callbackArrow-1)
		r.set(callbackArrow, Done, "seen", x)
		if r.is(bindArrow, ToCome) {
			r.set(bindArrow, InProgress, "Identity", nil)
		}
	case refused, expired:
		r.conclude(allowArrow, callbackArrow-1)
		if x.Arrival.Kind == refused { // an error came in place of the code
			r.set(codeArrow, Done, "an error", nil)
		}
		r.set(callbackArrow, Failed, x.Arrival.Kind, x)
		r.marks[callbackArrow].why = x.Arrival.Code
	}
}

// answeredBy notes how long the browser waited for its answer.
func (r *round) answeredBy(x *Exchange) {
	if m := &r.marks[callbackArrow]; m.exchange == x && m.state == Done {
		m.note = millis(x)
	}
}

// fail gives the reason to what was under way, unless something failed by itself.
func (r *round) fail(reason string) {
	for n := range r.marks {
		if r.is(n, Failed) {
			return
		}
	}
	for n := range r.marks {
		if r.is(n, InProgress) {
			r.set(n, Failed, "failed", r.marks[n].exchange)
			r.marks[n].why = reason
			return
		}
	}
}

// Sequence returns the newest consent's sequence.
func (t *Trace) Sequence() Sequence {
	s := Sequence{Arrows: append([]Arrow(nil), arrows...)}
	r := t.round
	if r.working == consentStep && r.is(callArrow, ToCome) {
		r.set(callArrow, InProgress, "gateway", nil)
	}
	if r.working == invokeStep && r.is(againArrow, ToCome) && !r.is(allowArrow, InProgress) {
		r.set(againArrow, InProgress, "gateway", nil)
	}
	at := 0 // the arrow in progress, or the one that failed
	for i := range s.Arrows {
		a, m := &s.Arrows[i], r.marks[i+1]
		a.Number, a.State, a.Note, a.Exchange, a.Why = i+1, m.state, m.note, m.exchange, m.why
		if m.state == ToCome {
			a.Note = "to come"
		}
		if m.state == InProgress || m.state == Failed {
			at = i + 1
		}
	}
	s.Headline = r.headline(at)
	return s
}

func (r *round) headline(at int) string {
	switch m := r.marks[at]; {
	case at == allowArrow && m.state == InProgress:
		return "waiting at 4, your consent"
	case m.state == InProgress:
		return fmt.Sprintf("at %d, %s", at, arrows[at-1].Label)
	case m.state == Failed:
		return fmt.Sprintf("failed at %d, %s", at, cmp.Or(m.why, m.note))
	case r.is(profileArrow, Done):
		return "complete"
	case r.is(exchangeArrow, Done):
		return "consent is given, the call is next"
	case r.is(callArrow, Done):
		return "the vault had a token, the call is next"
	}
	return "begins with your consent"
}

// millis is how long an exchange took.
func millis(x *Exchange) string { return fmt.Sprintf("%d ms", x.Took/time.Millisecond) }
