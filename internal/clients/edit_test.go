package clients_test

import (
	"errors"
	"strings"
	"testing"

	"agentcore-3lo/internal/clients"
)

var bridge = clients.Server{Name: "3lo-demo", Command: "/opt/a b/agentcore-3lo", Args: []string{"mcp", "--run", "demo"}, Env: map[string]string{"AGENTCORE_3LO_HOME": `C:\state "x"`}}

func client(t *testing.T, id string) clients.Client {
	t.Helper()
	c, found := clients.Find(id)
	if !found {
		t.Fatalf("there is no client %q", id)
	}
	return c
}

// Documents in odd shapes, and what they are with the entry. The entry itself is
// written as ENTRY, on one line.
var documents = map[string]struct{ client, before, after string }{
	"no file":        {"cursor", "", "{\n  \"mcpServers\": {\n    \"3lo-demo\": ENTRY\n  }\n}\n"},
	"white space":    {"cursor", " \n\n", "{\n  \"mcpServers\": {\n    \"3lo-demo\": ENTRY\n  }\n}\n"},
	"empty object":   {"cursor", "{}", "{\n  \"mcpServers\": {\n    \"3lo-demo\": ENTRY\n  }\n}"},
	"other settings": {"vscode", "{\n\t\"inputs\": [ ]\n}\n", "{\n\t\"inputs\": [ ],\n\t\"servers\": {\n\t\t\"3lo-demo\": ENTRY\n\t}\n}\n"},
	"comments": {"vscode", "// mine\n{\n\t\"servers\": {\n\t\t\"a\": { \"url\": \"u\" } // about a\n\t}, // after\n\t/* end */\n}\n// last\n",
		"// mine\n{\n\t\"servers\": {\n\t\t\"a\": { \"url\": \"u\" }, // about a\n\t\t\"3lo-demo\": ENTRY\n\t}, // after\n\t/* end */\n}\n// last\n"},
	"trailing comma": {"vscode", "{\n  \"servers\": {\n    \"a\": {}, // about a\n  },\n}", "{\n  \"servers\": {\n    \"a\": {}, // about a\n    \"3lo-demo\": ENTRY,\n  },\n}"},
	"one line":       {"cursor", `{"mcpServers":{"a":{}},"b":1}`, "{\"mcpServers\":{\"a\":{},\n    \"3lo-demo\": ENTRY\n  },\"b\":1}"},
	"comment alone":  {"cursor", "{\n  \"mcpServers\": {\n    // none yet\n  }\n}", "{\n  \"mcpServers\": {\n    // none yet\n    \"3lo-demo\": ENTRY\n  }\n}"},
	"mark and CRLF":  {"cursor", "\ufeff{\r\n    \"mcpServers\": {\r\n        \"a\": {}\r\n    }\r\n}\r\n", "\ufeff{\r\n    \"mcpServers\": {\r\n        \"a\": {},\r\n        \"3lo-demo\": ENTRY\r\n    }\r\n}\r\n"},
	"replaced":       {"cursor", "{\"mcpServers\": {\n  \"3lo-demo\" /* x */ : {\"command\": \"old\"} , // y\n  \"a\": {} } }", "{\"mcpServers\": {\n  \"3lo-demo\" /* x */ : ENTRY , // y\n  \"a\": {} } }"},

	"codex, no file":   {"codex", "", "[mcp_servers.3lo-demo]\nENTRY\n"},
	"codex, no end":    {"codex", "model = \"m\" # mine", "model = \"m\" # mine\n\n[mcp_servers.3lo-demo]\nENTRY\n"},
	"codex, comments":  {"codex", "# top\n[mcp_servers]\n[mcp_servers.a]\ncommand = 'a'\n# end\n", "# top\n[mcp_servers]\n[mcp_servers.a]\ncommand = 'a'\n# end\n\n[mcp_servers.3lo-demo]\nENTRY\n"},
	"codex, CRLF":      {"codex", "\ufeffa = 1\r\n", "\ufeffa = 1\r\n\r\n[mcp_servers.3lo-demo]\r\nENTRY\r\n"},
	"codex, like one":  {"codex", "a = '''\n[mcp_servers.3lo-demo]\n'''\n", "a = '''\n[mcp_servers.3lo-demo]\n'''\n\n[mcp_servers.3lo-demo]\nENTRY\n"},
	"codex, replaced":  {"codex", "[ mcp_servers . \"3lo-demo\" ] # x\ncommand = 'old'\nargs = [\n  'a', # y\n]\n\n# about b\n[b]\nc = 1\n", "[mcp_servers.3lo-demo]\nENTRY\n\n# about b\n[b]\nc = 1\n"},
	"codex, two parts": {"codex", "[mcp_servers.3lo-demo]\ncommand = 'old'\n\n[mcp_servers.3lo-demo.env]\nA = '1'\n\n[mcp_servers.3lo-demos]\ncommand = 'other'\n", "[mcp_servers.3lo-demo]\nENTRY\n\n[mcp_servers.3lo-demos]\ncommand = 'other'\n"},
	"codex, apart":     {"codex", "[mcp_servers.3lo-demo]\ncommand = 'old'\n[b]\nc = 1\n[mcp_servers.3lo-demo.env]\nA = '1'\n[[d]]\n", "[mcp_servers.3lo-demo]\nENTRY\n[b]\nc = 1\n[[d]]\n"},
}

const (
	jsonOf = `{"command":"/opt/a b/agentcore-3lo","args":["mcp","--run","demo"],"env":{"AGENTCORE_3LO_HOME":"C:\\state \"x\""}}`
	codeOf = `{"type":"stdio","command":"/opt/a b/agentcore-3lo","args":["mcp","--run","demo"],"env":{"AGENTCORE_3LO_HOME":"C:\\state \"x\""}}`
	tomlOf = `command = '/opt/a b/agentcore-3lo'` + "\n" + `args = ['mcp', '--run', 'demo']` + "\n" + `env = {AGENTCORE_3LO_HOME = 'C:\state "x"'}`
)

// compact writes the entry in a document as ENTRY.
func compact(t *testing.T, document string) string {
	t.Helper()
	if strings.Contains(document, "[mcp_servers.3lo-demo]") {
		for _, newline := range []string{"\n", "\r\n"} {
			document = strings.Replace(document, strings.ReplaceAll(tomlOf, "\n", newline), "ENTRY", 1)
		}
		return document
	}
	before, rest, found := strings.Cut(document, `"3lo-demo"`)
	begin := strings.Index(rest, "{")
	if !found || begin < 0 {
		t.Fatalf("no entry in\n%s", document)
	}
	end, depth := begin, 0
	for i := begin; i < len(rest); i++ {
		switch rest[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			end = i + 1
			break
		}
	}
	var squeezed strings.Builder
	for line := range strings.Lines(rest[begin:end]) {
		squeezed.WriteString(strings.Replace(strings.TrimSpace(line), `": `, `":`, 1))
	}
	if got := strings.ReplaceAll(squeezed.String(), ", ", ","); got != jsonOf && got != codeOf {
		t.Errorf("the entry is %s", got)
	}
	return before + `"3lo-demo"` + rest[:begin] + "ENTRY" + rest[end:]
}

func TestAnEntryIsAddedAndNothingElseChanges(t *testing.T) {
	for name, d := range documents {
		c := client(t, d.client)
		got, err := c.Put([]byte(d.before), bridge)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := compact(t, string(got)); s != d.after {
			t.Errorf("%s:\n%q\nwant\n%q", name, s, d.after)
		}
		if found, err := c.Has(got, "3lo-demo"); !found || err != nil {
			t.Errorf("%s: found %v, %v", name, found, err)
		}
		again, err := c.Put(got, bridge)
		if err != nil || string(again) != string(got) {
			t.Errorf("%s: the second time\n%s\n%v", name, again, err)
		}
	}
}

// Removing an entry gives back what there was before it was added. What stays of a
// file without entries is the object that contained it.
func TestRemovingUndoesAdding(t *testing.T) {
	stays := map[string]string{"no file": "{\n  \"mcpServers\": {}\n}\n", "white space": "{\n  \"mcpServers\": {}\n}\n", "empty object": "{\n  \"mcpServers\": {}\n}",
		"other settings": "{\n\t\"inputs\": [ ],\n\t\"servers\": {}\n}\n", "one line": "{\"mcpServers\":{\"a\":{}\n  },\"b\":1}", "replaced": "{\"mcpServers\": { /* x */ // y\n  \"a\": {} } }",
		"codex, no end": "model = \"m\" # mine\n", "codex, replaced": "\n# about b\n[b]\nc = 1\n", "codex, two parts": "\n[mcp_servers.3lo-demos]\ncommand = 'other'\n",
		"codex, apart": "[b]\nc = 1\n[[d]]\n"}
	for name, d := range documents {
		c := client(t, d.client)
		with, err := c.Put([]byte(d.before), bridge)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Drop(with, "3lo-demo")
		want, changed := stays[name]
		if !changed {
			want = d.before
		}
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, want)
		}
		again, err := c.Drop(got, "3lo-demo")
		if err != nil || string(again) != string(got) {
			t.Errorf("%s: removing nothing gives\n%q\n%v", name, again, err)
		}
	}
}

func TestCommentsAroundARemovedEntryStay(t *testing.T) {
	for before, want := range map[string]string{
		"{\"mcpServers\": {\n  \"a\": 1, // about a\n  // about 3lo\n  \"3lo-demo\": {} // beside\n}}": "{\"mcpServers\": {\n  \"a\": 1 // about a\n  // about 3lo // beside\n}}",
		"{\"mcpServers\": {\n  \"3lo-demo\": {}, // beside\n  \"a\": 1,\n}}":                           "{\"mcpServers\": { // beside\n  \"a\": 1,\n}}",
		"{\"mcpServers\": {\n  \"a\": 1 /* x */,\n  \"3lo-demo\": {}\n}}":                              "{\"mcpServers\": {\n  \"a\": 1 /* x */\n}}",
		"{\"mcpServers\": {\n  \"a\": 1,\n  \"3lo-demo\": {}, // beside\n}}":                           "{\"mcpServers\": {\n  \"a\": 1, // beside\n}}",
		"{\"mcpServers\": {\n  // about 3lo\n  \"3lo-demo\": {}\n}}":                                   "{\"mcpServers\": {\n  // about 3lo\n}}",
		"{\"mcpServers\": {\n  \"3lo-demo\": {}, \"a\": 1 // end\n}}":                                  "{\"mcpServers\": { \"a\": 1 // end\n}}",
	} {
		got, err := client(t, "cursor").Drop([]byte(before), "3lo-demo")
		if err != nil || string(got) != want {
			t.Errorf("%q: %v\n%q\nwant\n%q", before, err, got, want)
		}
	}
}

func TestWhatCannotBeEditedIsRefused(t *testing.T) {
	for document, want := range map[string]struct{ client, err string }{
		"{\n  \"a\": }":                        {"cursor", "it is not valid JSON: line 2, column 8: "},
		"{\"a\": 1":                            {"vscode", "it is not valid JSON: "},
		"// nothing\n":                         {"vscode", "it is not valid JSON: "},
		"[]":                                   {"cursor", "its outermost value is not an object"},
		`{"mcpServers": []}`:                   {"cursor", `"mcpServers" is not an object`},
		`{"mcpServers": null}`:                 {"cursor", `"mcpServers" is not an object`},
		`{"mcpServers": {}, "mcpServers": {}}`: {"cursor", `it has "mcpServers" twice`},
		`{"mcpServers": {"3lo-demo": 1, "3lo-demo": 2}}`: {"cursor", `it has "3lo-demo" twice`},
		"a = \n":                                    {"codex", "it is not valid TOML: line 1: "},
		"[a]\nb = 1\n[a]\nb = 2\n":                  {"codex", "it is not valid TOML: "},
		"mcp_servers = {}\n":                        {"codex", "3lo-demo is not a table of its own"},
		"mcp_servers = 1\n":                         {"codex", "3lo-demo is not a table of its own"},
		"[mcp_servers]\n3lo-demo.command = 'x'\n":   {"codex", "3lo-demo is not a table of its own"},
		"[[mcp_servers.3lo-demo]]\ncommand = 'x'\n": {"codex", ""},
	} {
		got, err := client(t, want.client).Put([]byte(document), bridge)
		if want.err == "" {
			if err != nil {
				t.Errorf("%q: %v", document, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), want.err) {
			t.Errorf("%q: %q, %v, want %q", document, got, err, want.err)
		}
		var form *clients.FormError
		var syntax *clients.SyntaxError
		if !errors.As(err, &form) && !errors.As(err, &syntax) {
			t.Errorf("%q: the error is a %T", document, err)
		}
	}
}

func TestTheDifferenceIsTheChangedLinesAlone(t *testing.T) {
	for _, d := range []struct{ before, after, want string }{
		{"", "a\n", "line 1\n+ a\n"},
		{"a\nsecret\n", "a\nsecret\nb\n", "line 3\n+ b\n"},
		{"\ufeffa\r\nb\r\n", "\ufeffa\r\nc\r\n", "line 2\n- b\n+ c\n"},
		{"a\na\n", "a\na\na\n", "line 3\n+ a\n"},
		{"a\n", "", "line 1\n- a\n"},
		{"a\n", "a\n", ""},
	} {
		if got := clients.Diff([]byte(d.before), []byte(d.after)); got != d.want {
			t.Errorf("%q to %q: %q", d.before, d.after, got)
		}
	}
}
