// Package lesson parses lessons in a subset of Markdown: headings, paragraphs,
// lists, tables, and code blocks, which are diagrams. The words after a diagram's
// opening fence say what it shows.
package lesson

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	goldmarkparser "github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Lesson is the content of a page, independent of the front end.
type Lesson []Block

// Block is a part of a lesson. Exactly one field is set, or Diagram and Words.
type Block struct {
	Heading string
	Text    string     // a paragraph, to be wrapped
	List    []string   // items, each to be wrapped
	Steps   []string   // the items of a numbered list
	Diagram string     // at most 76 columns; not wrapped
	Words   string     // what Diagram shows, for those who cannot see it
	Table   [][]string // the first row is the header
}

var parser = sync.OnceValue(func() goldmarkparser.Parser { return goldmark.New().Parser() })

// Parse parses a lesson. Markdown outside the subset is an error.
func Parse(source []byte) (Lesson, error) {
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n")) // a checkout on Windows
	var l Lesson
	document := parser().Parse(text.NewReader(source))
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		b, err := block(n, source)
		if err != nil {
			return nil, err
		}
		l = append(l, b)
	}
	return l, nil
}

func block(n ast.Node, source []byte) (Block, error) {
	switch n := n.(type) {
	case *ast.Heading:
		return Block{Heading: plainText(n, source)}, nil
	case *ast.Paragraph:
		if rows := tableRows(string(n.Lines().Value(source))); rows != nil {
			return Block{Table: rows}, nil
		}
		return Block{Text: plainText(n, source)}, nil
	case *ast.FencedCodeBlock:
		b := Block{Diagram: strings.TrimRight(string(n.Lines().Value(source)), "\n")}
		if n.Info != nil {
			b.Words = string(n.Info.Segment.Value(source))
		}
		return b, nil
	case *ast.List:
		var items []string
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			items = append(items, plainText(item, source))
		}
		if n.IsOrdered() {
			return Block{Steps: items}, nil
		}
		return Block{List: items}, nil
	}
	return Block{}, fmt.Errorf("a lesson cannot contain %s", n.Kind())
}

var markup = strings.NewReplacer("`", "", "**", "")

// tableRows are the cells of a table without markup; nil = this is none. goldmark's
// own extension would do, but its package compiles expressions at every start of the
// program, for a tenth of the time that takes.
func tableRows(paragraph string) (rows [][]string) {
	lines := strings.Split(strings.TrimSpace(paragraph), "\n")
	if len(lines) < 2 || strings.Trim(lines[1], "|-: ") != "" {
		return nil
	}
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") {
			return nil
		}
		if i == 1 { // the rule below the header
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(markup.Replace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// plainText returns the text of a node without markup, because a terminal shows
// code and addresses as they are.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.RawHTML: // a placeholder such as <name>
			b.Write(n.Segments.Value(source))
		case *ast.AutoLink:
			b.Write(n.Label(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
