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

// Call is one call of an operation. It has exclusive access to the state.
type Call struct {
	World     *state.World
	Realm     *state.Realm // of the caller
	Account   string
	Region    string
	Caller    string // ARN of the caller
	Now       time.Time
	Operation string
	Input     map[string]any
	Secrets   *state.Secrets
	Address   site.Address
	Latency   state.Latency

	service Service
	rights  *CallerPolicy
}

// Handler executes an operation. Its result is the response; nil is a response
// without a body.
type Handler func(*Call) (any, error)

// Typed adapts a function that takes its input as a struct.
func Typed[In any](do func(*Call, In) (any, error)) Handler {
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

// Text returns a string member of the request, or "".
func (c *Call) Text(name string) string {
	text, _ := c.Input[name].(string)
	return text
}

// Has reports whether a map or list of the request, such as its tags, is not empty.
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

// InputWithout returns the request as JSON without the named members.
func (c *Call) InputWithout(names ...string) json.RawMessage {
	kept := maps.Clone(c.Input)
	for _, name := range names {
		delete(kept, name)
	}
	raw, _ := json.Marshal(kept) // it came from JSON
	return raw
}
