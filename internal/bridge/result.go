package bridge

import (
	"encoding/json"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// result is a result as the gateway sent it.
type result struct {
	sdk.ResultBase // its _meta is what the SDK adds for a client of 2026-07-28
	body           json.RawMessage
	required       map[string]any // what 2026-07-28 requires beside it
}

// passOn returns a gateway's result for a client of this version. The gateway speaks
// 2025-11-25, whose results have no type and no cache control; 2026-07-28 requires
// both.
func passOn(body json.RawMessage, version string, list bool) *result {
	r := &result{body: body}
	if version >= stateless {
		r.required = map[string]any{"resultType": "complete"}
		if list {
			r.required["ttlMs"], r.required["cacheScope"] = 0, "private"
		}
	}
	return r
}

// MarshalJSON is the gateway's result. Members are only added.
func (r *result) MarshalJSON() ([]byte, error) {
	if len(r.required) == 0 && len(r.Meta) == 0 {
		return r.body, nil
	}
	members := map[string]any{}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &given); err != nil {
		return nil, err
	}
	for name, value := range r.required {
		members[name] = value
	}
	for name, value := range given {
		members[name] = value
	}
	if len(r.Meta) > 0 {
		meta := map[string]any{}
		for name, value := range r.Meta {
			meta[name] = value
		}
		var givenMeta map[string]json.RawMessage
		_ = json.Unmarshal(given["_meta"], &givenMeta) // there may be none
		for name, value := range givenMeta {
			meta[name] = value
		}
		members["_meta"] = meta
	}
	return json.Marshal(members)
}

// toolError is a tool's result that says what went wrong, so that the model can act on
// it; an error of the protocol would end in the client.
func toolError(text, version string) *result {
	body := resultOf(map[string]any{"isError": true, "content": []any{map[string]any{"type": "text", "text": text}}}).body
	return passOn(body, version, false)
}

// resultOf is a result of the bridge. Its members are texts, which are always encoded.
func resultOf(members map[string]any) *result {
	body, err := json.Marshal(members)
	if err != nil {
		body = json.RawMessage(`{"isError":true,"content":[]}`)
	}
	return &result{body: body}
}
