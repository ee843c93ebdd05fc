// Package lesson parses lessons in a subset of Markdown: headings, paragraphs,
// lists, tables, and code blocks, which are diagrams. The words after a diagram's
// opening fence say what it shows.
package lesson

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
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

var parser = goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()

// Parse parses a lesson. Markdown outside the subset is an error.
func Parse(source []byte) (Lesson, error) {
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n")) // a checkout on Windows
	var l Lesson
	document := parser.Parse(text.NewReader(source))
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
	case *table.Table:
		var rows [][]string
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			var cells []string
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				cells = append(cells, plainText(cell, source))
			}
			rows = append(rows, cells)
		}
		return Block{Table: rows}, nil
	}
	return Block{}, fmt.Errorf("a lesson cannot contain %s", n.Kind())
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
