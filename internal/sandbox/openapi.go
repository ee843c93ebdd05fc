package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// An openAPI is the part of an OpenAPI document that makes tools.
type openAPI struct {
	Version string `json:"openapi"`
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	operations []apiOperation
}

type apiOperation struct {
	ID          string         `json:"operationId"`
	Summary     string         `json:"summary"`
	Description string         `json:"description"`
	Parameters  []apiParameter `json:"parameters"`
	method      string
	path        string
}

type apiParameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Schema      object `json:"schema"`
}

// parseOpenAPI refuses what AgentCore refuses: documents that do not parse,
// servers without https, operations without an id.
func parseOpenAPI(document string) (*openAPI, error) {
	var api openAPI
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
	for _, path := range sortedKeys(api.Paths) {
		for _, method := range []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"} {
			raw, found := api.Paths[path][method]
			if !found {
				continue
			}
			op := apiOperation{method: strings.ToUpper(method), path: path}
			if err := json.Unmarshal(raw, &op); err != nil {
				return nil, fmt.Errorf("%s %s is not an operation", op.method, path)
			}
			if op.ID == "" {
				return nil, fmt.Errorf("operationId is missing for %s %s", op.method, path)
			}
			if seen[op.ID] {
				return nil, fmt.Errorf("operationId %s is not unique", op.ID)
			}
			seen[op.ID] = true
			api.operations = append(api.operations, op)
		}
	}
	if len(api.operations) == 0 {
		return nil, errors.New("the document has no operations")
	}
	return &api, nil
}

// tool is what tools/list says of an operation.
func (op apiOperation) tool(target string) object {
	properties, required := object{}, []string{}
	for _, p := range op.Parameters {
		schema := object{"type": "string"}
		if p.Schema != nil {
			schema = p.Schema
		}
		if p.Description != "" {
			schema["description"] = p.Description
		}
		properties[p.Name] = schema
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return object{"name": toolName(target, op.ID), "description": op.describe(), "inputSchema": schema}
}

func (op apiOperation) describe() string {
	for _, text := range []string{op.Description, op.Summary} {
		if text != "" {
			return text
		}
	}
	return op.method + " " + op.path
}

// toolName joins a target and an operation with three underscores, as gateways do.
func toolName(target, operation string) string { return target + "___" + operation }
