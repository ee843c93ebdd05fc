package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestListToolsFollowsTheCursor(t *testing.T) {
	pages := map[string]string{
		"":   `{"tools":[{"name":"a","description":"A"}],"nextCursor":"p2"}`,
		"p2": `{"tools":[{"name":"b","inputSchema":{"type":"object"}}]}`,
	}
	gateway := client(t, listing(func(cursor string) string { return pages[cursor] }))
	tools, err := gateway.ListTools(deadline(t))
	if err != nil || len(tools) != 2 || tools[0].Name != "a" || string(tools[1].InputSchema) != `{"type":"object"}` {
		t.Errorf("%+v, %v", tools, err)
	}
}

func TestListToolsEnds(t *testing.T) {
	circle := client(t, listing(func(string) string { return `{"tools":[],"nextCursor":"again"}` }))
	if _, err := circle.ListTools(deadline(t)); err == nil || !strings.Contains(err.Error(), "repeats") {
		t.Errorf("%v", err)
	}
	endless := client(t, listing(func(c string) string { return `{"tools":[],"nextCursor":"` + c + `x"}` }))
	if _, err := endless.ListTools(deadline(t)); err == nil || !strings.Contains(err.Error(), "100 pages") {
		t.Errorf("%v", err)
	}
	odd := client(t, listing(func(string) string { return `{"tools":"none"}` }))
	var failure *Error
	if _, err := odd.ListTools(deadline(t)); !errors.As(err, &failure) {
		t.Errorf("%v", err)
	}
}

func listing(page func(cursor string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			ID     json.RawMessage
			Params struct{ Cursor string }
		}
		if json.NewDecoder(r.Body).Decode(&req) != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"id":%s,"result":%s}`, req.ID, page(req.Params.Cursor))
	}
}
