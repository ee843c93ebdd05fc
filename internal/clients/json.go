package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// readJSON parses JSON with comments and trailing commas.
func readJSON(raw []byte) (map[string]any, error) {
	standard, err := hujson.Standardize(bytes.Clone(raw))
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "hujson: "))
	}
	var all map[string]any
	if err := json.Unmarshal(standard, &all); err != nil {
		return nil, &FormError{"its outermost value is not an object"}
	}
	return all, nil
}

// jsonEditor edits a document member by member, so that every other byte stays.
type jsonEditor struct {
	document *hujson.Value
	root     *hujson.Object
	parent   string
	unit     string // indentation of one level
	newline  string
}

func openJSON(raw []byte, parent, newline string) (editor, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}" + newline)
	}
	document, err := hujson.Parse(raw)
	if err != nil {
		return nil, err
	}
	root, isObject := document.Value.(*hujson.Object)
	if !isObject {
		return nil, &FormError{"its outermost value is not an object"}
	}
	unit := "  "
	if len(root.Members) > 0 {
		if found := indentation(root.Members[0].Name.BeforeExtra); found != "" {
			unit = found
		}
	}
	return jsonEditor{&document, root, parent, unit, newline}, nil
}

// indentation returns the white space between the last line break and a value.
func indentation(extra hujson.Extra) string {
	i := bytes.LastIndexByte(extra, '\n')
	if i < 0 || len(bytes.TrimSpace(extra[i:])) > 0 {
		return ""
	}
	return string(extra[i+1:])
}

// find returns the position of a member; -1 if there is none.
func find(o *hujson.Object, name string) (int, error) {
	found := -1
	for i, m := range o.Members {
		if m.Name.Value.(hujson.Literal).String() != name {
			continue
		}
		if found >= 0 {
			return 0, &FormError{fmt.Sprintf("it has %q twice", name)}
		}
		found = i
	}
	return found, nil
}

// entries returns the object of all entries; nil if there is none.
func (e jsonEditor) entries() (*hujson.Object, error) {
	i, err := find(e.root, e.parent)
	if err != nil || i < 0 {
		return nil, err
	}
	o, isObject := e.root.Members[i].Value.Value.(*hujson.Object)
	if !isObject {
		return nil, &FormError{fmt.Sprintf("%q is not an object", e.parent)}
	}
	return o, nil
}

func (e jsonEditor) put(name string, entry any) ([]byte, error) {
	all, err := e.entries()
	if err != nil {
		return nil, err
	}
	if all == nil {
		all = &hujson.Object{}
		e.add(e.root, e.parent, hujson.Value{Value: all}, 1)
	}
	value, err := e.value(entry, 2)
	if err != nil {
		return nil, err
	}
	switch i, err := find(all, name); {
	case err != nil:
		return nil, err
	case i >= 0:
		all.Members[i].Value.Value = value.Value
	default:
		e.add(all, name, value, 2)
	}
	return e.document.Pack(), nil
}

// value is the entry in the layout of the document.
func (e jsonEditor) value(entry any, depth int) (hujson.Value, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	w.SetIndent(strings.Repeat(e.unit, depth), e.unit)
	if err := w.Encode(entry); err != nil {
		return hujson.Value{}, err
	}
	return hujson.Parse([]byte(strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", e.newline)))
}

// add appends a member on a line of its own. A comment that ends the object stays
// where it is, before the new member.
func (e jsonEditor) add(o *hujson.Object, name string, value hujson.Value, depth int) {
	before, end := comments(o.AfterExtra), o.AfterExtra
	if len(before) > 0 || indentationMissing(end) {
		end = hujson.Extra(e.newline + strings.Repeat(e.unit, depth-1))
	}
	value.BeforeExtra, value.AfterExtra = hujson.Extra(" "), nil
	if last := len(o.Members) - 1; last >= 0 && o.Members[last].Value.AfterExtra != nil {
		value.AfterExtra = hujson.Extra{} // a trailing comma
	}
	at := hujson.Extra(e.newline + strings.Repeat(e.unit, depth))
	o.Members = append(o.Members, hujson.ObjectMember{
		Name: hujson.Value{BeforeExtra: append(before, at...), Value: hujson.String(name)}, Value: value})
	o.AfterExtra = end
}

func indentationMissing(extra hujson.Extra) bool { return !bytes.Contains(extra, []byte("\n")) }

// comments returns the white space and comments up to the end of the last comment.
func comments(extra hujson.Extra) hujson.Extra {
	trimmed := bytes.TrimRight(extra, " \t\r\n")
	return bytes.Clone(trimmed)
}

func (e jsonEditor) drop(name string) ([]byte, error) {
	all, err := e.entries()
	if err != nil {
		return nil, err
	}
	if all == nil {
		return e.document.Pack(), nil
	}
	i, err := find(all, name)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		cut(all, i)
	}
	return e.document.Pack(), nil
}

// cut removes a member. Comments around it stay.
func cut(o *hujson.Object, i int) {
	gone := o.Members[i]
	kept := slices.Concat(comments(gone.Name.BeforeExtra), comments(gone.Name.AfterExtra), comments(gone.Value.BeforeExtra), comments(gone.Value.AfterExtra))
	if i < len(o.Members)-1 {
		next := &o.Members[i+1].Name
		next.BeforeExtra = append(kept, next.BeforeExtra...)
	} else {
		if i > 0 {
			last := &o.Members[i-1].Value
			if gone.Value.AfterExtra == nil { // no trailing comma
				kept = append(comments(last.AfterExtra), kept...)
				last.AfterExtra = nil
			} else if last.AfterExtra == nil {
				last.AfterExtra = hujson.Extra{}
			}
		}
		o.AfterExtra = append(kept, o.AfterExtra...)
	}
	o.Members = slices.Delete(o.Members, i, i+1)
	if len(o.Members) == 0 && len(bytes.TrimSpace(o.AfterExtra)) == 0 {
		o.AfterExtra = nil
	}
}
