package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"agentcore-3lo/internal/sandbox/site"
)

// input collects the members of a request from body, path and query.
func (m *model) input(r *http.Request, p Protocol, operation string) (map[string]any, error) {
	top := m.Shapes[m.Operations[operation].Input]
	if p == QueryXML {
		if top == nil {
			return map[string]any{}, nil
		}
		input, _ := m.fromForm(top, "", r.Form).(map[string]any)
		return input, nil
	}
	input := map[string]any{}
	if body := site.Body(r); len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &input); err != nil {
			return nil, &Error{Code: "SerializationException", Message: "Could not parse request body: " + shortJSONError(err)}
		}
	}
	if input == nil { // the body is null
		input = map[string]any{}
	}
	if top == nil {
		return input, nil
	}
	query := r.URL.Query()
	for name, member := range top.Members {
		switch member.In {
		case "uri":
			input[name] = r.PathValue(member.As)
		case "querystring":
			if query.Has(member.As) {
				input[name] = m.fromText(m.Shapes[member.Shape], query[member.As])
			}
		}
	}
	return input, nil
}

// shortJSONError describes a JSON error without quoting the request, which may
// contain a secret.
func shortJSONError(err error) string {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return "expected an object"
	}
	return "not valid JSON"
}
