package person

import (
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is a page without scripts: links, forms, and texts with an ID.
type page struct {
	address *url.URL
	root    *html.Node
}

// form is a form that can be filled in and submitted.
type form struct {
	action *url.URL
	fields url.Values
	empty  []string // names of the empty text fields
}

func readPage(address *url.URL, source io.Reader) (page, error) {
	root, err := html.Parse(source)
	return page{address, root}, err
}

// find returns the first matching element, or nil.
func find(root *html.Node, fits func(*html.Node) bool) *html.Node {
	if root == nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			return n
		}
	}
	return nil
}

func is(kind atom.Atom) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.DataAtom == kind }
}

// attribute returns an attribute's value, and whether it exists.
func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// text returns an element's text with single spaces.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var all strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(all.String()), " ")
}

// follow returns the URL of the first link that matches by text and target.
func (p page) follow(fits func(text, href string) bool) (*url.URL, bool) {
	link := find(p.root, func(n *html.Node) bool {
		href, _ := attribute(n, "href")
		return n.DataAtom == atom.A && fits(text(n), href)
	})
	if link == nil {
		return nil, false
	}
	href, _ := attribute(link, "href")
	resolved, err := p.address.Parse(href)
	return resolved, err == nil
}

// submit returns the form with a button, as that button sends it.
func (p page) submit(button string) (form, bool) {
	var pressed *html.Node
	found := find(p.root, func(n *html.Node) bool {
		pressed = find(n, func(b *html.Node) bool { return b.DataAtom == atom.Button && text(b) == button })
		return n.DataAtom == atom.Form && pressed != nil
	})
	if found == nil {
		return form{}, false
	}
	target, _ := attribute(found, "action")
	action, err := p.address.Parse(target)
	if err != nil {
		return form{}, false
	}
	f := form{action: action, fields: url.Values{}}
	for n := range found.Descendants() {
		name, _ := attribute(n, "name")
		value, _ := attribute(n, "value")
		kind, _ := attribute(n, "type")
		switch {
		case name == "" || kind == "file" || n.DataAtom == atom.Button && n != pressed:
		case n.DataAtom == atom.Button:
			f.fields.Set(name, value)
		case n.DataAtom == atom.Select:
			f.fields.Set(name, chosen(n))
		case n.DataAtom == atom.Input && value == "":
			f.empty = append(f.empty, name)
		case n.DataAtom == atom.Input:
			f.fields.Add(name, value)
		}
	}
	return f, true
}

// chosen returns the selected option, or else the first.
func chosen(list *html.Node) string {
	option := find(list, func(n *html.Node) bool {
		_, selected := attribute(n, "selected")
		return n.DataAtom == atom.Option && selected
	})
	if option == nil {
		option = find(list, is(atom.Option))
	}
	if option == nil {
		return ""
	}
	if value, given := attribute(option, "value"); given {
		return value
	}
	return text(option)
}

// byID returns the text of the element with an ID.
func (p page) byID(id string) string {
	return text(find(p.root, func(n *html.Node) bool {
		given, _ := attribute(n, "id")
		return given == id
	}))
}

// heading returns the page's heading.
func (p page) heading() string { return text(find(p.root, is(atom.H1))) }
