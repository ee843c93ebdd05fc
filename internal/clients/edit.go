package clients

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// FormError says that a file is valid, but written in a way that Put and Drop do not
// edit.
type FormError struct{ Why string }

func (e *FormError) Error() string { return e.Why + ", which this program does not edit" }

// SyntaxError says that a file does not parse.
type SyntaxError struct {
	Format string
	Err    error
}

func (e *SyntaxError) Error() string { return "it is not valid " + e.Format + ": " + e.Err.Error() }
func (e *SyntaxError) Unwrap() error { return e.Err }

// Snippet returns what the file of a client with this entry alone would contain.
func (c Client) Snippet(s Server) (string, error) {
	out, err := c.Put(nil, s)
	return strings.TrimSpace(string(out)), err
}

// Put returns the configuration with the entry, which replaces one of the same name.
// Comments, other entries and their layout stay as they are. An empty configuration
// is one without entries. Errors are *SyntaxError and *FormError.
func (c Client) Put(raw []byte, s Server) ([]byte, error) {
	entry := c.entry(s)
	return c.edit(raw, s.Name, func(e editor) ([]byte, error) { return e.put(s.Name, entry) }, entry)
}

// Drop returns the configuration without the entry. Errors are *SyntaxError and
// *FormError.
func (c Client) Drop(raw []byte, name string) ([]byte, error) {
	return c.edit(raw, name, func(e editor) ([]byte, error) { return e.drop(name) }, nil)
}

// Has reports whether the configuration has an entry of that name. Errors are
// *SyntaxError.
func (c Client) Has(raw []byte, name string) (bool, error) {
	all, err := c.read(raw)
	_, found := entries(all, c.parent)[name]
	return found, err
}

// editor edits a document that has neither a byte order mark nor CRLF.
type editor interface {
	put(name string, entry any) ([]byte, error)
	drop(name string) ([]byte, error)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// edit changes a document and checks that nothing but the entry has changed.
func (c Client) edit(raw []byte, name string, change func(editor) ([]byte, error), entry any) ([]byte, error) {
	body, marked := bytes.CutPrefix(raw, byteOrderMark)
	crlf := bytes.Contains(body, []byte("\r\n"))
	before, err := c.read(body)
	if err != nil {
		return nil, err
	}
	e, err := c.open(body, crlf)
	if err != nil {
		return nil, err
	}
	out, err := change(e)
	if err != nil {
		return nil, err
	}
	after, err := c.read(out)
	if err != nil || !reflect.DeepEqual(with(before, c.parent, name, nil), with(after, c.parent, name, nil)) {
		return nil, &FormError{fmt.Sprintf("%s is not a %s of its own", name, map[format]string{formatJSON: "member", formatTOML: "table"}[c.format])}
	}
	if _, found := entries(after, c.parent)[name]; found != (entry != nil) {
		return nil, &FormError{name + " is written in an unusual way"}
	}
	if marked {
		out = append(bytes.Clone(byteOrderMark), out...)
	}
	return out, nil
}

func (c Client) open(body []byte, crlf bool) (editor, error) {
	newline := "\n"
	if crlf {
		newline = "\r\n"
	}
	if c.format == formatTOML {
		return tomlEditor{raw: body, parent: c.parent, newline: newline}, nil
	}
	return openJSON(body, c.parent, newline)
}

// read parses a document without a byte order mark.
func (c Client) read(raw []byte) (map[string]any, error) {
	raw, _ = bytes.CutPrefix(raw, byteOrderMark)
	all, err := map[string]any{}, error(nil)
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
	case c.format == formatTOML:
		all, err = readTOML(raw)
	default:
		all, err = readJSON(raw)
	}
	var form *FormError
	if err != nil && !errors.As(err, &form) {
		err = &SyntaxError{string(c.format), err}
	}
	return all, err
}

func entries(all map[string]any, parent string) map[string]any {
	found, _ := all[parent].(map[string]any)
	return found
}

// with returns a document with another entry, or without it. An empty parent counts
// as none.
func with(all map[string]any, parent, name string, entry any) map[string]any {
	all = maps.Clone(all)
	if _, isObject := all[parent].(map[string]any); !isObject && all[parent] != nil {
		return all
	}
	inner := map[string]any{}
	maps.Copy(inner, entries(all, parent))
	delete(inner, name)
	if entry != nil {
		inner[name] = entry
	}
	if all[parent] = inner; len(inner) == 0 {
		delete(all, parent)
	}
	return all
}
