package aws

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// queryVersions are the API versions that a query request must name.
var queryVersions = map[string]string{"sts": "2011-06-15", "iam": "2010-05-08"}

// fromForm reads the members of a shape from a form: Tags.member.1.Key and so on.
func (m *model) fromForm(s *shape, prefix string, form url.Values) any {
	switch s.Type {
	case "structure":
		out := map[string]any{}
		for name, member := range s.Members {
			key := name
			if prefix != "" {
				key = prefix + "." + name
			}
			if hasPrefix(form, key) {
				out[name] = m.fromForm(m.Shapes[member.Shape], key, form)
			}
		}
		return out
	case "list":
		out := []any{}
		for i := 1; ; i++ {
			key := fmt.Sprintf("%s.member.%d", prefix, i)
			if !hasPrefix(form, key) {
				return out
			}
			out = append(out, m.fromForm(m.Shapes[s.Member], key, form))
		}
	default:
		return m.fromText(s, form[prefix])
	}
}

func hasPrefix(form url.Values, key string) bool {
	if form.Has(key) {
		return true
	}
	for name := range form {
		if strings.HasPrefix(name, key+".") {
			return true
		}
	}
	return false
}

// fromText converts text from a form or a query string to the type of its shape.
// Text that cannot be converted is returned unchanged and then fails the model's
// check.
func (m *model) fromText(s *shape, values []string) any {
	if s.Type == "list" {
		out := []any{}
		for _, v := range values {
			out = append(out, m.fromText(m.Shapes[s.Member], []string{v}))
		}
		return out
	}
	if len(values) == 0 {
		return nil
	}
	text := values[0]
	switch s.Type {
	case "integer", "long":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case "boolean":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

// writeQueryResult wraps a result as <OpResponse><OpResult>…</OpResult></OpResponse>.
func writeQueryResult(w http.ResponseWriter, service, operation, requestID string, result any) {
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusOK)
	namespace := fmt.Sprintf("https://%s.amazonaws.com/doc/%s/", service, queryVersions[service])
	root := xml.StartElement{
		Name: xml.Name{Local: operation + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	e := xml.NewEncoder(w)
	// These fail only if the client has disconnected.
	_ = e.EncodeToken(root)
	if result != nil {
		_ = e.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: operation + "Result"}})
	}
	_ = e.EncodeElement(metadata{requestID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	_ = e.EncodeToken(root.End())
	_ = e.Flush()
}
