package gateway

import (
	"encoding/json"
	"sort"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/openapi"
	"agentcore-3lo/internal/sandbox/state"
)

const (
	searchTool   = "x_amz_bedrock_agentcore_search"
	toolsPerPage = 30
)

// tool is an operation of a target.
type tool struct {
	target    *state.Target
	api       *openapi.Document
	operation openapi.Operation
}

func (t tool) name() string { return toolName(t.target.Input.Name, t.operation.ID) }

func (t tool) describe() aws.Object { return describeTool(t.operation, t.target.Input.Name) }

// tools returns the tools of the targets that are ready.
func (v *mcpRequest) tools() []tool {
	var all []tool
	for _, t := range v.gateway.Targets {
		if !t.Transition.Usable(v.now) {
			continue
		}
		api, err := openapi.Parse(t.Input.Configuration.Document())
		if err != nil {
			continue // checked when the target was created
		}
		for _, op := range api.Operations {
			all = append(all, tool{t, api, op})
		}
	}
	return all
}

func (v *mcpRequest) semantic() bool {
	p := v.gateway.Input.Protocol
	return p != nil && p.MCP.SearchType == "SEMANTIC"
}

func describeSearch() aws.Object {
	return aws.Object{
		"name":        searchTool,
		"description": "A special tool that returns a trimmed down list of tools given a context. Use this tool only when there are many tools available and you want to get a subset that matches the provided context.",
		"inputSchema": aws.Object{"type": "object", "properties": aws.Object{"query": aws.Object{"type": "string", "description": "search query"}}, "required": []string{"query"}},
	}
}

// listTools returns definitions and needs no consent.
func (v *mcpRequest) listTools(params json.RawMessage) (any, error) {
	var in struct {
		Cursor string `json:"cursor"`
	}
	if len(params) > 0 && json.Unmarshal(params, &in) != nil {
		return nil, &rpcError{Code: codeParams, Message: "Invalid params"}
	}
	var all []aws.Object
	if v.semantic() {
		all = append(all, describeSearch())
	}
	for _, t := range v.tools() {
		all = append(all, t.describe())
	}
	found, ok := aws.Page(all, func(t aws.Object) string { return t["name"].(string) }, "tools/list "+v.gateway.ID, in.Cursor, toolsPerPage)
	if !ok {
		return nil, &rpcError{Code: codeParams, Message: "Invalid cursor"}
	}
	return aws.WithToken(aws.Object{"tools": append([]aws.Object{}, found.Items...)}, "nextCursor", found.Next), nil
}

// search ranks tools by the words of the query in their names and descriptions.
func (v *mcpRequest) search(arguments map[string]any) (any, error) {
	query, _ := arguments["query"].(string)
	if strings.TrimSpace(query) == "" {
		return nil, &rpcError{Code: codeParams, Message: "query is required"}
	}
	type hit struct {
		tool  aws.Object
		score int
	}
	var hits []hit
	for _, t := range v.tools() {
		text := strings.ToLower(t.name() + " " + t.operation.Summarize() + " " + t.operation.Path)
		score := 0
		for _, word := range strings.Fields(strings.ToLower(query)) {
			if strings.Contains(text, word) {
				score++
			}
		}
		if score > 0 {
			hits = append(hits, hit{t.describe(), score})
		}
	}
	sort.SliceStable(hits, func(i, j int) bool { return hits[i].score > hits[j].score })
	found := []aws.Object{}
	for _, h := range hits[:min(10, len(hits))] {
		found = append(found, h.tool)
	}
	raw, err := json.Marshal(aws.Object{"tools": found})
	if err != nil {
		return nil, err
	}
	out := ToolText(string(raw), false)
	if v.version >= state.Version20250618 { // the first version with structured content
		out.Structured = aws.Object{"tools": found}
	}
	return out, nil
}

// describeTool returns the description of an operation for tools/list.
func describeTool(op openapi.Operation, target string) aws.Object {
	properties, required := aws.Object{}, []string{}
	for _, p := range op.Parameters {
		schema := aws.Object{"type": "string"}
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
	schema := aws.Object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return aws.Object{"name": toolName(target, op.ID), "description": op.Summarize(), "inputSchema": schema}
}

// toolName joins a target and an operation with three underscores, as gateways do.
func toolName(target, operation string) string { return target + "___" + operation }
