// Package openapi reads the OpenAPI documents of gateway targets.
package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Document is the part of an OpenAPI document that defines tools.
type Document struct {
	Version string `json:"openapi"`
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Operations []Operation                           `json:"-"`
}

// Operation is an operation that becomes a tool.
type Operation struct {
	ID          string      `json:"operationId"`
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	Parameters  []Parameter `json:"parameters"`
	Method      string      `json:"-"`
	Path        string      `json:"-"`
}

// Parameter is an argument of an operation.
type Parameter struct {
	Name        string         `json:"name"`
	In          string         `json:"in"`
	Description string         `json:"description"`
	Required    bool           `json:"required"`
	Schema      map[string]any `json:"schema"`
}

// Parse rejects what AgentCore rejects: documents with syntax errors, servers
// without https, operations without an ID.
func Parse(document string) (*Document, error) {
	var api Document
	if err := json.Unmarshal([]byte(document), &api); err != nil {
		return nil, errors.New("the document is not valid JSON")
	}
	if !strings.HasPrefix(api.Version, "3.") {
		return nil, fmt.Errorf("unsupported OpenAPI version %q", api.Version)
	}
	if len(api.Servers) == 0 {
		return nil, errors.New("at least one server is required")
	}
	for _, server := range api.Servers {
		if parsed, err := url.Parse(server.URL); err != nil || parsed.Scheme != "https" || parsed.Host == "" {
			return nil, fmt.Errorf("server URL %q must use https", server.URL)
		}
	}
	seen := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"} {
			raw, found := api.Paths[path][method]
			if !found {
				continue
			}
			op := Operation{Method: strings.ToUpper(method), Path: path}
			if err := json.Unmarshal(raw, &op); err != nil {
				return nil, fmt.Errorf("%s %s is not an operation", op.Method, path)
			}
			if op.ID == "" {
				return nil, fmt.Errorf("operationId is missing for %s %s", op.Method, path)
			}
			if seen[op.ID] {
				return nil, fmt.Errorf("operationId %s is not unique", op.ID)
			}
			seen[op.ID] = true
			api.Operations = append(api.Operations, op)
		}
	}
	if len(api.Operations) == 0 {
		return nil, errors.New("the document has no operations")
	}
	return &api, nil
}

// Summarize returns the description of the operation, or else its method and path.
func (op Operation) Summarize() string {
	for _, text := range []string{op.Description, op.Summary} {
		if text != "" {
			return text
		}
	}
	return op.Method + " " + op.Path
}
