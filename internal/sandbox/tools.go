package sandbox

import (
	"encoding/json"
	"sort"
	"strings"
)

const (
	searchTool   = "x_amz_bedrock_agentcore_search"
	toolsPerPage = 30
)

// A tool is an operation of a target.
type tool struct {
	target    *target
	api       *openAPI
	operation apiOperation
}

func (t tool) name() string { return toolName(t.target.Input.Name, t.operation.ID) }

func (t tool) describe() object { return t.operation.tool(t.target.Input.Name) }

// tools are those of the targets that are ready.
func (v *visit) tools() []tool {
	var all []tool
	for _, t := range v.gateway.Targets {
		if !t.Life.usable(v.now) {
			continue
		}
		api, err := parseOpenAPI(t.Input.Configuration.document())
		if err != nil {
			continue // it was checked when the target was made
		}
		for _, op := range api.operations {
			all = append(all, tool{t, api, op})
		}
	}
	return all
}

func (v *visit) semantic() bool {
	p := v.gateway.Input.Protocol
	return p != nil && p.MCP.SearchType == "SEMANTIC"
}

func describeSearch() object {
	return object{
		"name":        searchTool,
		"description": "A special tool that returns a trimmed down list of tools given a context. Use this tool only when there are many tools available and you want to get a subset that matches the provided context.",
		"inputSchema": object{"type": "object", "properties": object{"query": object{"type": "string", "description": "search query"}}, "required": []string{"query"}},
	}
}

// listTools shows definitions; it never asks anybody for consent.
func (v *visit) listTools(params json.RawMessage) (any, error) {
	var in struct {
		Cursor string `json:"cursor"`
	}
	if len(params) > 0 && json.Unmarshal(params, &in) != nil {
		return nil, &rpcError{Code: codeParams, Message: "Invalid params"}
	}
	var all []object
	if v.semantic() {
		all = append(all, describeSearch())
	}
	for _, t := range v.tools() {
		all = append(all, t.describe())
	}
	found, ok := paged(all, func(t object) string { return t["name"].(string) }, "tools/list "+v.gateway.ID, in.Cursor, toolsPerPage)
	if !ok {
		return nil, &rpcError{Code: codeParams, Message: "Invalid cursor"}
	}
	return withToken(object{"tools": append([]object{}, found.items...)}, "nextCursor", found.next), nil
}

// search ranks tools by the words of the query in their names and descriptions.
func (v *visit) search(arguments map[string]any) (any, error) {
	query, _ := arguments["query"].(string)
	if strings.TrimSpace(query) == "" {
		return nil, &rpcError{Code: codeParams, Message: "query is required"}
	}
	type hit struct {
		tool  object
		score int
	}
	var hits []hit
	for _, t := range v.tools() {
		text := strings.ToLower(t.name() + " " + t.operation.describe() + " " + t.operation.path)
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
	found := []object{}
	for _, h := range hits[:min(10, len(hits))] {
		found = append(found, h.tool)
	}
	raw, err := json.Marshal(object{"tools": found})
	if err != nil {
		return nil, err
	}
	out := toolText(string(raw), false)
	if v.version >= version20250618 { // structured content came with it
		out.Structured = object{"tools": found}
	}
	return out, nil
}

// A toolResult is what tools/call answers.
type toolResult struct {
	Content    []textContent `json:"content"`
	Structured object        `json:"structuredContent,omitempty"`
	IsError    bool          `json:"isError"`
	Meta       object        `json:"_meta,omitempty"`
}

type textContent struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

func toolText(text string, isError bool) toolResult {
	return toolResult{Content: []textContent{{"text", text}}, IsError: isError}
}
