package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
)

// ourID is the id of the request that every body here answers, or does not.
const ourID = "24"

// bodies are answers, each the beginning of a branch.
var bodies = []string{
	text, elicited, "", " ", "null", "[]", "[" + text + "]", "24", `{"id":24,"result":null}`, `{"id":0,"error":{}}`, `{"id":24,"error":null,"result":{}}`,
	`{"id":24,"error":"no","result":{}}`, `{"id":24,"error":{"code":"-32042"}}`, `{"id":24,"error":{"code":-32042.5}}`, `{"id":null,"error":{"code":-32700,"message":"Parse\u001b[2J error\r\n"}}`,
	`{"id":7,"result":{}}`, `{"id":"24","result":{}}`, `{"id":24.0,"result":{}}`, `{"id": 24 ,"result":{}}`, `{"result":{}}`, `{"id":7,"id":24,"result":{}}`, `{"id":24,"id":7,"result":{}}`,
	`{"id":7,"Id":24,"result":{}}`, `{"id":24,"Result":{}}`, `{"id":24,"Error":{"code":1}}`, `{"\u0069d":24,"result":{}}`,
	`{"id":24,"method":"ping"}`, `{"id":24,"method":"ping","result":{}}`, `{"id":24,"Method":"ping","result":{}}`, `{"id":24,"method":null,"result":{}}`,
	"{\"id\":24,\r\n\"result\":\r{}\n}", "\ufeff" + `{"id":24,"result":{}}`, "{\"id\":24,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\xff\"}]}}",
	`{"id":24,"result":{"content":[null,{"type":"text","text":null}]}}`, `{"id":24,"result":{}} {}`, strings.Repeat("[", 20000),
	`{"id":24,"error":{"code":-32042,"data":{"elicitations":[null]}}}`, strings.ReplaceAll(elicited, "-32042", "-32001"), `{"message":"Unauthorized\u202e"}`, `{"Message":"no"}`,
}

// FuzzJSONBody is an answer by itself, and the same one on a stream.
func FuzzJSONBody(f *testing.F) {
	for i, body := range bodies {
		f.Add([]int{200, 401, 302, 500, 429}[i%5], strings.ReplaceAll(body, "ID", ourID))
		f.Add(200, strings.ReplaceAll(body, "ID", ourID))
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		m, raw, problem := readAnswer("application/json", strings.NewReader(body), ourID, nil)
		if string(raw) != body {
			t.Errorf("%q was kept as %q", body, raw)
		}
		accepted(t, m, problem, body)
		judged(t, status, m, raw, problem)

		// The same message on a stream is the same answer, however its lines
		// end and whatever notification comes first.
		body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body)
		for _, end := range []string{"\n", "\r", "\r\n"} {
			stream := "event: message" + end + "data: " + strings.ReplaceAll(body, "\n", end+"data: ") + end + end
			notified := "\ufeff: hello" + end + `data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}` + end + end
			for _, s := range []string{stream, notified + stream} {
				streamed, _, err := readAnswer("text/event-stream; charset=utf-8", strings.NewReader(s), ourID, nil)
				if !errors.Is(err, problem) || !same(streamed, m) {
					t.Errorf("plain %+v, %v; on a stream %+v, %v", m, problem, streamed, err)
				}
			}
		}
	})
}

// FuzzSSEBody is a stream of any bytes.
func FuzzSSEBody(f *testing.F) {
	for i, body := range bodies {
		f.Add([]int{200, 401, 302, 500, 429}[i%5], "data: "+strings.ReplaceAll(body, "ID", ourID)+"\n\n")
	}
	const ours, theirs = `{"id":24,"result":{}}`, `{"id":7,"result":{}}`
	for _, stream := range []string{
		"", "\n\n\n", ":\n", "data", "data:", "data\n\n", "data:" + ours, "data: " + ours + "\n", "data:  " + ours + "\n\n", "data : " + ours + "\n\n", " data: " + ours + "\n\n", "Data: " + ours + "\n\n",
		"data: " + ours + "\r\r", "data: {\"id\":24,\r\ndata: \"result\":{}}\r\n\r\n", "data: \u00a0" + ours + "\n\n", "data: " + ours + "\r\n\r\n", "data: {\"id\":24,\rdata: \"result\":{}}\r\n\r", "data: {\"id\":24,\ndata\ndata: \"result\":{}}\n\n", "data: {\"id\":24,\n\ndata: \"result\":{}}\n\n",
		"\ufeffdata: " + ours + "\n\n", "\ufeff\ufeffdata: " + ours + "\n\n", ": hi\n\ufeffdata: " + ours + "\n\n", "data: \ufeff" + ours + "\n\n",
		"id: 1\nretry: 10\nevent: message\ndata: " + ours + "\n\n", "data: " + theirs + "\n\n", "data: " + theirs + "\n\ndata: " + ours + "\n\n", "data: " + ours + "\n\ndata: " + theirs + "\n\n",
		"data: " + theirs + "\n\ndata: {\"id\":7,\"error\":{\"code\":1}}\n\n", "data: {\"method\":\"notifications/message\"}\n\ndata: " + ours,
	} {
		f.Add(200, stream)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		m, raw, problem := readAnswer("text/event-stream", strings.NewReader(body), ourID, nil)
		if !strings.HasPrefix(body, string(raw)) {
			t.Errorf("%q was kept as %q", body, raw)
		}
		accepted(t, m, problem, events(body)...)
		judged(t, status, m, raw, problem)

		slow, _, err := readAnswer("text/event-stream", iotest.OneByteReader(strings.NewReader(body)), ourID, nil)
		if !errors.Is(err, problem) || !same(slow, m) {
			t.Errorf("at once %+v, %v; byte by byte %+v, %v", m, problem, slow, err)
		}
	})
}

// events are the data of a stream's events, as the WHATWG's HTML standard
// (section 9.2.6) reads them, but that the end of the stream ends an event.
func events(stream string) (all []string) {
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(stream, "\ufeff"))
	var data []string
	for line := range strings.SplitSeq(stream+"\n\n", "\n") {
		field, value, _ := strings.Cut(line, ":")
		switch {
		case line == "":
			all, data = append(all, strings.Join(data, "\n")), nil
		case field == "data":
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
	return all
}

// accepted checks an answer against what JSON-RPC 2.0 says of messages: names
// are case-sensitive, what has a method is no response, and a result counts for
// its own id only. The first response among the messages is the answer.
func accepted(t *testing.T, m *message, problem error, messages ...string) {
	t.Helper()
	want := errNotRPC
	for _, raw := range messages {
		var member map[string]json.RawMessage
		if json.Unmarshal([]byte(raw), &member) != nil || member["method"] != nil {
			continue
		}
		if e := member["error"]; e != nil && string(e) != "null" {
			var code int
			var text *string
			var inner map[string]json.RawMessage
			if json.Unmarshal(e, &inner) != nil || inner["code"] != nil && json.Unmarshal(inner["code"], &code) != nil ||
				inner["message"] != nil && json.Unmarshal(inner["message"], &text) != nil {
				continue
			}
			if problem != nil || m.Error == nil || m.Error.Code != code || !bytes.Equal(m.Error.Data, inner["data"]) {
				t.Errorf("the error %s gives %+v, %v", e, m, problem)
			}
			return
		}
		switch {
		case member["result"] == nil:
		case string(member["id"]) != ourID:
			want = errWrongID
		default:
			if problem != nil || m.Error != nil || !bytes.Equal(m.Result, member["result"]) {
				t.Errorf("%s gives %+v, %v", raw, m, problem)
			}
			return
		}
	}
	if m != nil || !errors.Is(problem, want) {
		t.Errorf("%q gives %+v, %v, want %v", messages, m, problem, want)
	}
}

// judged checks what becomes of an answer.
func judged(t *testing.T, status int, m *message, raw []byte, problem error) {
	t.Helper()
	ex := Exchange{Status: status, Response: raw, ResponseHeader: http.Header{"Location": {"https://portal.example/\x1b"}}}
	result, err := judge(m, problem, ex)
	var elicitation *ElicitationError
	var failure *Error
	switch {
	case err == nil:
		if problem != nil || m.Error != nil || status/100 != 2 || !bytes.Equal(result, m.Result) {
			t.Errorf("status %d and %+v give the result %s", status, m, result)
		}
		var r struct{ Content []json.RawMessage }
		_ = json.Unmarshal(result, &r)
		shown := Result{}
		shown.read(r.Content)
		_ = shown.Failure()
	case errors.As(err, &elicitation):
		if problem != nil || m.Error == nil || m.Error.Code != codeElicitation || len(elicitation.Elicitations) == 0 {
			t.Errorf("%+v gives the elicitation %+v", m, elicitation)
		}
		printable(t, err)
	case errors.As(err, &failure):
		if failure.Status != status || len(failure.Body) > maxExcerpt+len("…") || problem != nil && !errors.Is(err, problem) {
			t.Errorf("status %d, %v give %+v", status, problem, failure)
		}
		printable(t, err)
	default:
		t.Errorf("an error of no kind: %v", err)
	}
}

// FuzzElicitationData is the data member of error -32042.
func FuzzElicitationData(f *testing.F) {
	for _, elicitations := range []string{
		`{"mode":"url","elicitationId":"e1","url":"` + link + `","message":"Please login.\u001b[2J"}`, `{"url":"https://a","mode":"url"}`, `{"mode":"url","url":"https://a","_meta":{},"extra":1}`,
		"", "null", "7", "{}", "[]", `{"mode":"url"}`, `{"mode":"url","url":""}`, `{"mode":"url","url":7}`, `{"mode":"form","url":"https://a"}`, `{"mode":"\u001b]0;x\u0007\n","url":"https://a"}`,
		`{"url":"https://a"}`, `{"Mode":"url","URL":"https://a"}`, `{"mode":"form","MODE":"url","url":"https://a"}`, `{"mode":"form","mode":"url","url":"https://a"}`,
		`{"mode":"url","url":"https://a"},{"mode":"form","url":"https://b"}`, `{"mode":"url","url":"https://a"},null`,
		`{"mode":"url","url":"https://a?request_uri=` + urn + `&request_uri=` + urn + `"}`, `{"mode":"url","url":"https://a?request_uri=` + urn + `#&request_uri=x"}`,
		`{"mode":"url","url":"https://a#?request_uri=` + urn + `"}`, `{"mode":"url","url":"https://a?request_uri=` + urn + `;x"}`, `{"mode":"url","url":"https://a?request_uri=` + urn + `%0a"}`,
		`{"mode":"url","url":"https://a?request%5furi=` + urn + `"}`, `{"mode":"url","url":"https://a?Request_Uri=` + urn + `"}`, `{"mode":"url","url":"%zz?request_uri=` + urn + `"}`,
		`{"mode":"url","url":"https://a?request_uri=urn:ietf:params:oauth:request_uri:` + strings.Repeat("a", maxSession) + `"}`, `{"mode":"url","url":"javascript:alert(1)?request_uri=` + urn + `"}`,
		strings.Repeat(`{"mode":"url","url":"https://a"},`, maxElicitations-1) + `{"mode":"url","url":"https://a"}`,
		strings.Repeat(`{"mode":"url","url":"https://a"},`, maxElicitations) + `{"mode":"url","url":"https://a"}`,
	} {
		f.Add([]byte(`{"elicitations":[` + elicitations + `]}`))
	}
	for _, data := range []string{
		"", "null", "{}", "[]", `"x"`, `{"elicitations":null}`, `{"elicitations":{}}`, `{"Elicitations":[{"mode":"url","url":"https://a"}]}`, `{"challenges":[{}]}`,
		`{"elicitations":[],"elicitations":[{"mode":"url","url":"https://a"}]}`, `{"elicitations":[{"mode":"url","url":"https://a"}],"elicitations":[{}]}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := elicitations(data)
		switch {
		case err != nil && len(list) > 0:
			t.Errorf("%+v with %v", list, err)
		case err != nil:
			printable(t, err)
		case len(list) < 1 || len(list) > maxElicitations:
			t.Errorf("%d elicitations", len(list))
		}
		for i, e := range list {
			var named map[string]json.RawMessage
			var inner []map[string]any
			if json.Unmarshal(data, &named) != nil || json.Unmarshal(named["elicitations"], &inner) != nil || len(inner) != len(list) ||
				inner[i]["mode"] != "url" || inner[i]["url"] != e.URL || e.URL == "" {
				t.Errorf("%s gives %+v", data, e)
			}
			want := requestURI(e.URL)
			if e.Session != "" && e.Session != want {
				t.Errorf("%q gives the session %q, want %q", e.URL, e.Session, want)
			}
			if _, err := url.Parse(e.URL); e.Session == "" && want != "" && err == nil {
				t.Errorf("%q gives no session, want %q", e.URL, want)
			}
		}
		if !json.Valid(data) {
			return
		}
		body := `{"jsonrpc":"2.0","id":` + ourID + `,"error":{"code":-32042,"message":"m","data":` + string(data) + `}}`
		m, raw, problem := readAnswer("application/json", strings.NewReader(body), ourID, nil)
		judged(t, 200, m, raw, problem)
		_, failed := judge(m, problem, Exchange{Status: 200, ResponseHeader: http.Header{}})
		var elicitation *ElicitationError
		if errors.As(failed, &elicitation) != (err == nil) || err == nil && !slices.Equal(elicitation.Elicitations, list) {
			t.Errorf("by itself %+v, %v; in an answer %v", list, err, failed)
		}
	})
}

// requestURI reads the one URN of a link's query by hand, "" without one.
func requestURI(link string) string {
	link, _, _ = strings.Cut(link, "#")
	_, query, _ := strings.Cut(link, "?")
	var all []string
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, valueErr := url.QueryUnescape(value)
		if keyErr != nil || valueErr != nil || strings.Contains(pair, ";") {
			return ""
		}
		if key == "request_uri" {
			all = append(all, value)
		}
	}
	const prefix = "urn:ietf:params:oauth:request_uri:"
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	if len(all) != 1 || len(all[0]) > maxSession || len(all[0]) == len(prefix) || !strings.HasPrefix(all[0], prefix) || strings.Trim(all[0][len(prefix):], unreserved) != "" {
		return ""
	}
	return all[0]
}

// same compares what readAnswer's callers look at.
func same(a, b *message) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Error == nil || b.Error == nil {
		return a.Error == b.Error && string(a.ID) == string(b.ID) && bytes.Equal(a.Result, b.Result)
	}
	return a.Error.Code == b.Error.Code && a.Error.Message == b.Error.Message && bytes.Equal(a.Error.Data, b.Error.Data)
}

// printable is what an error's text has to be: one line that a terminal shows
// and does not obey.
func printable(t *testing.T, err error) {
	t.Helper()
	if i := strings.IndexFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%s is left in the error %q", strconv.QuoteRune([]rune(err.Error()[i:])[0]), err)
	}
}
