package person

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, source string) page {
	t.Helper()
	p, err := readPage(&url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/a/b"}, strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFollowReadsLinksAsABrowserDoes(t *testing.T) {
	for source, want := range map[string]string{
		`<a href="/x">Go</a>`:                                 "http://127.0.0.1/x",
		`<a href='/x?a=1&amp;b=2'>Go</a>`:                     "http://127.0.0.1/x?a=1&b=2",
		`<A HREF=/x class="button">Go</A>`:                    "http://127.0.0.1/x",
		`<a href="c"> <b>Go</b> </a>`:                         "http://127.0.0.1/a/c",
		"<a\n href=\"/x\"\n>\nGo\n</a>":                       "http://127.0.0.1/x",
		`<!-- <a href="/no">Go</a> --><a href="/x">Go</a>`:    "http://127.0.0.1/x",
		`<script>'<a href="/no">Go</a>'</script><a>Go to</a>`: "",
		`<p>Go</p>`: "",
		`<a title="1 > 0" href="https://example.com/x">Go</a>`: "https://example.com/x",
	} {
		got, found := read(t, source).follow(func(text, _ string) bool { return text == "Go" })
		if found != (want != "") || (found && got.String() != want) {
			t.Errorf("%s leads to %v", source, got)
		}
	}
}

func TestSubmitFillsWhatTheFormHas(t *testing.T) {
	p := read(t, `<form action="/one"><input name="x" value="1"><button>Save</button></form>
		<form action='/two'><input name=kept value='a "b" &amp; c'/><input name="new"><select name="s"><option value="1">One<option value="2" selected>Two</select>
		<select name="t"><option>Only</option></select><button> Save <b>all</b></button></form>`)
	f, found := p.submit("Save all")
	if !found || f.action.Path != "/two" || f.fields.Encode() != (url.Values{"kept": {`a "b" & c`}, "s": {"2"}, "t": {"Only"}}).Encode() || !slices.Equal(f.empty, []string{"new"}) {
		t.Errorf("%v %+v", found, f)
	}
	if _, found := p.submit("Delete"); found {
		t.Error("a button that does not exist is found")
	}
}

func TestTextsAreReadWithoutMarkup(t *testing.T) {
	p := read(t, `<h1>My &lt;app&gt; <em>one</em></h1><dd class=id id=client-id>78<wbr>ab</dd>`)
	if got := p.heading(); got != "My <app> one" {
		t.Errorf("heading %q", got)
	}
	if p.byID("client-id") == "" || p.byID("nothing") != "" {
		t.Errorf("%q %q", p.byID("client-id"), p.byID("nothing"))
	}
}
