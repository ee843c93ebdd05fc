package aws

import (
	"encoding/json"
	"maps"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// Object is a JSON object.
type Object = map[string]any

// Call is one operation at work on the world, which it has to itself.
type Call struct {
	World     *state.World
	Realm     *state.Realm // the caller's
	Account   string
	Region    string
	Caller    string // ARN of who signed
	Now       time.Time
	Operation string
	Input     map[string]any
	Secrets   *state.Secrets
	Address   site.Address
	Latency   state.Latency

	service Service
	rights  *Rights
}

// Handler does what an operation does. Its result is what the answer says; nil is
// an answer without a body.
type Handler func(*Call) (any, error)

// On makes a handler of a function that wants its input as a struct.
func On[In any](do func(*Call, In) (any, error)) Handler {
	return func(c *Call) (any, error) {
		var in In
		raw, err := json.Marshal(c.Input)
		if err == nil {
			err = json.Unmarshal(raw, &in)
		}
		if err != nil {
			return nil, err
		}
		return do(c, in)
	}
}

// Text is a text member of the request; "" where there is none.
func (c *Call) Text(name string) string {
	text, _ := c.Input[name].(string)
	return text
}

// Has reports whether a map or list of the request, such as its tags, has entries.
func (c *Call) Has(name string) bool {
	switch given := c.Input[name].(type) {
	case map[string]any:
		return len(given) > 0
	case []any:
		return len(given) > 0
	default:
		return false
	}
}

// InputWithout is the request in JSON, without some of its members.
func (c *Call) InputWithout(names ...string) json.RawMessage {
	kept := maps.Clone(c.Input)
	for _, name := range names {
		delete(kept, name)
	}
	raw, _ := json.Marshal(kept) // it came from JSON
	return raw
}
