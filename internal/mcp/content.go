package mcp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// read turns a result's contents into text (MCP specification 2025-11-25,
// server/tools): text as it is, and a short description of other kinds.
func (r *Result) read(items []json.RawMessage) {
	for _, item := range items {
		var kind, text, data, media, link, name string
		var resource json.RawMessage
		if exact(item, map[string]any{"type": &kind, "text": &text, "data": &data, "mimeType": &media, "uri": &link, "name": &name, "resource": &resource}) != nil || kind == "" {
			continue
		}
		switch kind {
		case "text":
			r.texts = append(r.texts, text)
			r.shown = append(r.shown, text)
		case "image", "audio":
			r.shown = append(r.shown, fmt.Sprintf("[%s, %s, %d characters of base64]", kind, media, len(data)))
		case "resource_link":
			r.shown = append(r.shown, strings.TrimSpace(fmt.Sprintf("[resource link] %s %s", name, link)))
		case "resource":
			r.shown = append(r.shown, r.embedded(resource))
		default:
			r.shown = append(r.shown, string(item))
		}
	}
	r.Text = strings.Join(r.shown, "\n")
	if strings.TrimSpace(r.Text) == "" && r.Structured != nil {
		r.Text = string(r.Structured)
	}
}

// embedded is an embedded resource as text, which counts as a text of the result.
func (r *Result) embedded(resource json.RawMessage) string {
	var link, media, text, blob string
	if exact(resource, map[string]any{"uri": &link, "mimeType": &media, "text": &text, "blob": &blob}) != nil {
		return "[resource]"
	}
	if text != "" {
		r.texts = append(r.texts, text)
		return text
	}
	return fmt.Sprintf("[resource %s, %s, %d characters of base64]", link, media, len(blob))
}

// JSON is the JSON object that the tool returned: its text, one of its texts, or
// structuredContent; nil = none.
func (r Result) JSON() json.RawMessage {
	for _, candidate := range append(append([]string{}, r.texts...), string(r.Structured)) {
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(candidate), &object) == nil && len(object) > 0 {
			return json.RawMessage(candidate)
		}
	}
	return nil
}

// Beside is the other text that the tool returned.
func (r Result) Beside() string {
	object := string(r.JSON())
	return strings.Join(slices.DeleteFunc(slices.Clone(r.shown), func(s string) bool { return object == "" || s == object || strings.TrimSpace(s) == "" }), "\n")
}
