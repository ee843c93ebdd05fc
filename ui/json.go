package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// prettyJSON indents JSON. What fits on a line stays on it, so that a short request is
// read at a glance. It reports false for anything else than one JSON object or array.
func prettyJSON(raw string, width int) (string, bool) {
	if !strings.HasPrefix(raw, "{") && !strings.HasPrefix(raw, "[") {
		return "", false
	}
	p := pretty{dec: json.NewDecoder(strings.NewReader(raw)), width: width}
	p.dec.UseNumber()
	v, err := p.read(0)
	if err != nil || p.dec.More() {
		return "", false
	}
	var b strings.Builder
	p.write(&b, v, 0, 0)
	return b.String(), true
}

type pretty struct {
	dec   *json.Decoder
	width int
}

// node is a JSON value in the order of its source.
type node struct {
	key   string // with its quotes and colon; "" in an array
	text  string // the value on one line
	open  string // "{" or "["; "" = a leaf
	parts []node
}

// deepest is the depth beyond which JSON is not indented. A stranger's answer may be
// nested as deep as it is long.
const deepest = 64

var errDeep = errors.New("nested too deep")

func (p pretty) read(depth int) (node, error) {
	if depth > deepest {
		return node{}, errDeep
	}
	token, err := p.dec.Token()
	if err != nil {
		return node{}, err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		text, err := quoted(token)
		return node{text: text}, err
	}
	n := node{open: delim.String()}
	var texts []string
	for p.dec.More() {
		key := ""
		if n.open == "{" {
			token, err := p.dec.Token()
			if err != nil {
				return n, err
			}
			if key, err = quoted(token); err != nil {
				return n, err
			}
			key += ": "
		}
		part, err := p.read(depth + 1)
		if err != nil {
			return n, err
		}
		part.key = key
		n.parts = append(n.parts, part)
		texts = append(texts, key+part.text)
	}
	if _, err := p.dec.Token(); err != nil {
		return n, err
	}
	end := closing[n.open]
	if len(texts) == 0 {
		n.open, n.text = "", n.open+end
		return n, nil
	}
	n.text = n.open + " " + strings.Join(texts, ", ") + " " + end
	return n, nil
}

var closing = map[string]string{"{": "}", "[": "]"}

// write writes a value. after is what follows it on its last line.
func (p pretty) write(b *strings.Builder, n node, indent, after int) {
	if n.open == "" || indent+len(n.key)+len(n.text)+after <= p.width {
		b.WriteString(n.key + n.text)
		return
	}
	b.WriteString(n.key + n.open + "\n")
	for i, part := range n.parts {
		b.WriteString(strings.Repeat(" ", indent+2))
		p.write(b, part, indent+2, 1)
		if i < len(n.parts)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString(strings.Repeat(" ", indent) + closing[n.open])
}

// quoted is a leaf in JSON. It escapes nothing that JSON does not require.
func quoted(token any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(token)
	return strings.TrimSuffix(b.String(), "\n"), err
}
