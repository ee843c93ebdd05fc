package clients

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

func readTOML(raw []byte) (map[string]any, error) {
	all := map[string]any{}
	err := toml.Unmarshal(raw, &all)
	var where *toml.DecodeError
	if errors.As(err, &where) {
		row, _ := where.Position()
		err = errors.New(fmt.Sprintf("line %d: ", row) + strings.TrimPrefix(where.Error(), "toml: "))
	}
	return all, err
}

// tomlEditor cuts and inserts whole tables as text. Only the headers' places are
// parsed, so every other byte stays.
type tomlEditor struct {
	raw     []byte
	parent  string
	newline string
}

func (e tomlEditor) put(name string, entry any) ([]byte, error) {
	body, err := toml.Marshal(entry)
	if err != nil {
		return nil, err
	}
	table := "[" + e.parent + "." + name + "]\n" + string(body)
	table = strings.ReplaceAll(table, "\n", e.newline)
	spans, err := e.spans(name)
	if err != nil {
		return nil, err
	}
	if len(spans) > 0 {
		out := e.without(spans[1:])
		return slices.Concat(out[:spans[0].begin], []byte(table), out[spans[0].end:]), nil
	}
	out := bytes.Clone(e.raw)
	if len(bytes.TrimSpace(out)) == 0 {
		return append(out, table...), nil
	}
	if !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, e.newline...)
	}
	return append(out, e.newline+table...), nil
}

func (e tomlEditor) drop(name string) ([]byte, error) {
	spans, err := e.spans(name)
	if err != nil {
		return nil, err
	}
	return e.without(spans), nil
}

// span is a table from its header to the line after its last value.
type span struct{ begin, end int }

// without cuts the spans, each with one empty line before it.
func (e tomlEditor) without(spans []span) []byte {
	out := bytes.Clone(e.raw)
	for _, s := range slices.Backward(spans) {
		begin := s.begin
		if before := strings.TrimSuffix(string(out[:begin]), e.newline); strings.HasSuffix(before, e.newline) {
			begin = len(before)
		}
		out = slices.Delete(out, begin, s.end)
	}
	return out
}

// spans finds the entry's table and the tables in it.
func (e tomlEditor) spans(name string) ([]span, error) {
	var found []span
	var p unstable.Parser
	p.Reset(e.raw)
	open := false // the table before is the entry's
	for p.NextExpression() {
		x := p.Expression()
		if x.Kind != unstable.Table && x.Kind != unstable.ArrayTable {
			continue
		}
		var path []string
		at := -1
		for it := x.Key(); it.Next(); {
			if at < 0 {
				at = int(it.Node().Raw.Offset)
			}
			path = append(path, string(it.Node().Data))
		}
		line := bytes.LastIndexByte(e.raw[:at], '\n') + 1
		if open {
			found[len(found)-1].end = e.endOfValues(line)
		}
		if open = len(path) >= 2 && path[0] == e.parent && path[1] == name; open {
			found = append(found, span{line, e.endOfValues(len(e.raw))})
		}
	}
	return found, p.Error()
}

// endOfValues leaves out the comments and empty lines before an offset: they belong
// to what follows.
func (e tomlEditor) endOfValues(offset int) int {
	for offset > 0 {
		line := bytes.LastIndexByte(e.raw[:offset-1], '\n') + 1
		content := bytes.TrimSpace(e.raw[line:offset])
		if len(content) > 0 && content[0] != '#' {
			break
		}
		offset = line
	}
	return offset
}
