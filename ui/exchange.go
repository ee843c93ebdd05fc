package ui

import (
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
)

// DrawExchange returns one exchange: when, how it ended, the request and the answer,
// with the headers that matter and JSON indented. Nothing is cut.
func DrawExchange(x *trace.Exchange, on Canvas) []Line {
	head := x.Started.Local().Format("15:04:05") + "   "
	tone := OK
	switch {
	case x.Status == 0 && x.From == wire.Browser:
		head += "not answered yet"
	case x.Status == 0:
		head += "no answer"
	default:
		head += fmt.Sprintf("%s in %d ms", x.Result(), x.Took.Milliseconds())
	}
	if x.Failed() {
		tone = Bad
	}
	lines := on.fold(head, tone, 0)
	if x.RequestID != "" {
		id := "   request " + x.RequestID
		if len(head)+len(id) <= on.Width {
			lines[0] = on.line(0, Piece{head, tone}, Piece{id, Faint})
		} else {
			lines = append(lines, on.fold(strings.TrimSpace(id), Faint, 0)...)
		}
	}
	if x.Err != nil {
		lines = append(lines, on.fold(x.Err.Error(), Bad, 0)...)
	}
	if said := x.Meaning(); said != "" {
		lines = append(lines, on.fold(said, Faint, 0)...)
	}
	if sessionLabel.MatchString(x.Request.URL + x.Request.Body + x.Response.Body) {
		lines = append(lines, on.fold("‹session N› stands for an authorization session, which is secret.", Faint, 0)...)
	}
	lines = append(lines, Line{})
	if x.Request.URL != "" {
		indent := len(x.Request.Method) + 1
		lines = append(lines, on.fold(x.Request.Method+" "+quoteLabels(x.Request.URL), Normal, indent)...)
	}
	lines = append(lines, on.message(x.Request)...)
	if x.Status == 0 || x.From == wire.Browser {
		return lines
	}
	lines = append(lines, Line{}, on.line(0, Piece{x.Result(), tone}))
	return append(lines, on.message(x.Response)...)
}

// sessionLabel is what the journal has instead of an authorization session.
var sessionLabel = pattern.New(`\bsession \d+\b`)

// quoteLabels sets labels apart from what was really sent.
func quoteLabels(s string) string {
	return sessionLabel.ReplaceAllStringFunc(s, func(label string) string { return "‹" + label + "›" })
}

// message is the headers and the body of a message.
func (c Canvas) message(m wire.Message) []Line {
	var lines []Line
	for _, h := range m.Header {
		if h.Name != "X-Amzn-Requestid" { // it is in the first line
			lines = append(lines, c.fold(h.Name+": "+h.Value, Faint, 2)...)
		}
	}
	if m.Body == "" {
		return lines
	}
	for line := range strings.SplitSeq(quoteLabels(c.body(m)), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " ")) + 2
		lines = append(lines, c.fold(line, Normal, indent)...)
	}
	return lines
}

// body is a body as a person reads it: JSON and XML indented, a form line by line.
func (c Canvas) body(m wire.Message) string {
	if pretty, ok := prettyJSON(m.Body, c.Width); ok {
		return pretty
	}
	for _, h := range m.Header {
		if h.Name == "Content-Type" && strings.HasPrefix(h.Value, "application/x-www-form-urlencoded") {
			return formLines(m.Body)
		}
	}
	if strings.HasPrefix(m.Body, "<") {
		return xmlLines(m.Body)
	}
	var events []string
	for line := range strings.SplitSeq(m.Body, "\n") {
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			if pretty, ok := prettyJSON(strings.TrimSpace(data), c.Width); ok {
				line = "data:\n" + pretty
			}
		}
		events = append(events, line)
	}
	return strings.Join(events, "\n")
}

// formLines are the fields of a form, one on each line, decoded.
func formLines(form string) string {
	fields := strings.Split(form, "&")
	for i, field := range fields {
		if plain, err := url.QueryUnescape(field); err == nil {
			fields[i] = plain
		}
	}
	return strings.Join(fields, "\n")
}

// xmlLines puts each element on its own line, indented.
func xmlLines(body string) string {
	lines := strings.Split(strings.ReplaceAll(body, "><", ">\n<"), "\n")
	depth := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "</") {
			depth--
		}
		lines[i] = strings.Repeat("  ", max(depth, 0)) + line
		if strings.HasPrefix(line, "<") && !strings.HasPrefix(line, "</") && !strings.HasPrefix(line, "<?") && !strings.Contains(line, "</") && !strings.HasSuffix(line, "/>") {
			depth++
		}
	}
	return strings.Join(lines, "\n")
}

// fold breaks a line at the width; what follows is indented.
func (c Canvas) fold(s string, tone Tone, indent int) []Line {
	if indent > c.Width/2 {
		indent = 2
	}
	var lines []Line
	s = c.clean(s)
	first := Chop(s, c.Width)
	lines = append(lines, c.line(0, Piece{first[0], tone}))
	rest := s[len(first[0]):]
	if rest == "" {
		return lines
	}
	for _, piece := range Chop(rest, c.Width-indent) {
		lines = append(lines, c.line(0, Piece{strings.Repeat(" ", indent) + piece, tone}))
	}
	return lines
}
