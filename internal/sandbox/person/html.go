package person

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

// A document is a page as a person sees it: links, forms, texts with an id. It
// reads plain HTML such as the sandbox's and the walkthrough's pages; what a
// browser would need a script for is not there.
type document struct {
	address *url.URL
	source  string
}

// A form is what a person can fill in and submit.
type form struct {
	action *url.URL
	fields url.Values
	empty  []string // names of the text fields that are still empty
}

// reader holds the few patterns that plain HTML needs.
type reader struct{ link, form, input, selects, option, button, attribute, tag *regexp.Regexp }

func newReader() reader {
	return reader{
		link:      regexp.MustCompile(`(?s)<a\s([^>]*)>(.*?)</a>`),
		form:      regexp.MustCompile(`(?s)<form\s([^>]*)>(.*?)</form>`),
		input:     regexp.MustCompile(`<input\s([^>]*)>`),
		selects:   regexp.MustCompile(`(?s)<select\s([^>]*)>(.*?)</select>`),
		option:    regexp.MustCompile(`<option\s([^>]*)>`),
		button:    regexp.MustCompile(`(?s)<button[^>]*>(.*?)</button>`),
		attribute: regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`),
		tag:       regexp.MustCompile(`(?s)<[^>]*>`),
	}
}

func (rd reader) attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range rd.attribute.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

func (rd reader) text(source string) string {
	return strings.Join(strings.Fields(html.UnescapeString(rd.tag.ReplaceAllString(source, " "))), " ")
}

// follow finds the first link that fits, by its text and where it leads.
func (rd reader) follow(d document, fits func(text, href string) bool) (*url.URL, bool) {
	for _, m := range rd.link.FindAllStringSubmatch(d.source, -1) {
		href := rd.attributes(m[1])["href"]
		if !fits(rd.text(m[2]), href) {
			continue
		}
		if resolved, err := d.address.Parse(href); err == nil {
			return resolved, true
		}
	}
	return nil, false
}

// submit finds the form whose button says this.
func (rd reader) submit(d document, button string) (form, bool) {
	for _, m := range rd.form.FindAllStringSubmatch(d.source, -1) {
		said := rd.button.FindStringSubmatch(m[2])
		if said == nil || rd.text(said[1]) != button {
			continue
		}
		action, err := d.address.Parse(rd.attributes(m[1])["action"])
		if err != nil {
			continue
		}
		f := form{action: action, fields: url.Values{}}
		for _, field := range rd.input.FindAllStringSubmatch(m[2], -1) {
			a := rd.attributes(field[1])
			if a["value"] == "" {
				f.empty = append(f.empty, a["name"])
				continue
			}
			f.fields.Add(a["name"], a["value"])
		}
		for _, field := range rd.selects.FindAllStringSubmatch(m[2], -1) {
			f.fields.Set(rd.attributes(field[1])["name"], rd.chosen(field[2]))
		}
		return f, true
	}
	return form{}, false
}

// chosen is the selected option, or else the first.
func (rd reader) chosen(options string) string {
	first := ""
	for i, m := range rd.option.FindAllStringSubmatch(options, -1) {
		a := rd.attributes(m[1])
		if _, selected := a["selected"]; selected || i == 0 {
			first = a["value"]
			if selected {
				break
			}
		}
	}
	return first
}

// byID is the text of the element with an id.
func (rd reader) byID(d document, id string) string {
	found := regexp.MustCompile(`(?s)<([a-z]+)[^>]*\bid="` + regexp.QuoteMeta(id) + `"[^>]*>(.*?)</`).FindStringSubmatch(d.source)
	if found == nil {
		return ""
	}
	return rd.text(found[2])
}

// heading is what the page says it is.
func (rd reader) heading(d document) string {
	found := regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`).FindStringSubmatch(d.source)
	if found == nil {
		return ""
	}
	return rd.text(found[1])
}
