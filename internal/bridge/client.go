package bridge

import (
	"context"
	"log/slog"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// elicitor asks through the client, with a request of protocol version 2025-11-25. If
// the client cannot do what it declared, the user is asked otherwise.
type elicitor struct {
	session   *sdk.ServerSession
	otherwise asker // nil = not at all
	log       *slog.Logger
}

func (e *elicitor) ask(ctx context.Context, q question, decide func(bool)) error {
	given, err := e.session.Elicit(ctx, q.params(q.id))
	if err != nil && ctx.Err() == nil {
		if e.otherwise == nil {
			return &noBrowserError{err}
		}
		e.log.Warn("bridge: the client does not ask the user", "error", err)
		return e.otherwise.ask(ctx, q, decide)
	}
	if err == nil {
		decide(given.Action == "accept")
	}
	<-ctx.Done()
	// The client may have left.
	_ = e.session.NotifyElicitationComplete(context.WithoutCancel(ctx), &sdk.ElicitationCompleteParams{ElicitationID: q.id})
	return nil
}

// handover asks through the client, with a result of protocol version 2026-07-28 that
// needs an input. The client answers with its next call.
type handover struct {
	questions chan question // without a buffer: a question is there as long as nobody has taken it
	answers   chan bool
}

func newHandover() *handover {
	return &handover{questions: make(chan question), answers: make(chan bool, 1)}
}

func (h *handover) ask(ctx context.Context, q question, decide func(bool)) error {
	select {
	case h.questions <- q: // whichever call waits takes it
	case <-ctx.Done():
		return nil
	}
	select {
	case goesOn := <-h.answers:
		decide(goesOn)
		<-ctx.Done()
	case <-ctx.Done():
	}
	return nil
}

// inputKey names the input that a call of protocol version 2026-07-28 needs.
const inputKey = "consent"

// required is the result that hands a question to the client.
func required(r *round, q question) *result {
	return resultOf(map[string]any{"resultType": "input_required", "requestState": r.id, "inputRequests": sdk.InputRequestMap{inputKey: q.params("")}})
}

// take takes the client's answer to a question that it was handed.
func (r *round) take(given sdk.InputResponse) {
	h, handed := r.asker.(*handover)
	answer, answered := given.(*sdk.ElicitResult)
	if !handed || !answered {
		return
	}
	select {
	case h.answers <- answer.Action == "accept":
	default: // answered already
	}
}

// params are the question for the client. An ID is of protocol version 2025-11-25 only.
func (q question) params(id string) *sdk.ElicitParams {
	message := q.Asks
	for _, warning := range q.Warnings {
		message += "\nWarning: " + warning
	}
	return &sdk.ElicitParams{Mode: "url", URL: q.URL, ElicitationID: id, Message: message}
}

// canElicitURLs reports whether a client declares that it shows links to its user.
func canElicitURLs(c *sdk.ClientCapabilities) bool {
	return c != nil && c.Elicitation != nil && c.Elicitation.URL != nil
}
