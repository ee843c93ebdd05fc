package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// traced is the last line of trace --json.
type traced struct {
	Event     string
	Exchanges int
	Sequence  struct {
		Headline string
		Arrows   []struct{ State, Note string }
	}
	Times struct {
		TotalMS int64 `json:"total_ms"`
		Steps   []struct{ Step string }
	}
}

func (p *place) traced(words ...string) (exchanges []line, last traced) {
	p.t.Helper()
	out := strings.TrimSpace(p.must(0, nil, append([]string{"trace", "--json"}, words...)...))
	all := lines(p.t, out)
	if err := json.Unmarshal([]byte(out[strings.LastIndex(out, "\n")+1:]), &last); err != nil || last.Event != "trace" {
		p.t.Fatalf("the last line: %v\n%s", err, out)
	}
	return all[:len(all)-1], last
}

func TestTraceTellsARunAlsoAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, box.env...)
	port := fmt.Sprint(freeport.Take(t))
	cmd, cancel := p.command("--aws", "--yes", "--json", "--port", port)
	defer cancel()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for buffer := make([]byte, 4096); !strings.Contains(said.String(), `"purpose":"consent"`); {
		n, err := out.Read(buffer)
		said.Write(buffer[:n])
		if err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
	}
	if _, last := p.traced(); last.Sequence.Headline != "waiting at 4, your consent" || last.Sequence.Arrows[2].Note != "-32042" {
		t.Errorf("while it waits: %+v", last)
	}
	_ = cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()

	if code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--port", port); code != steps.ExitDone {
		t.Fatalf("exit %d\n%s", code, out)
	}
	all, last := p.traced()
	if last.Exchanges != len(all) || last.Sequence.Headline != "complete" || last.Times.TotalMS <= 0 || len(last.Times.Steps) < 9 {
		t.Errorf("after the restart: %d exchanges, %+v", len(all), last)
	}
	consent, _ := p.traced("--step", "consent")
	if len(consent) == 0 || len(consent) >= len(all) || slices.ContainsFunc(consent, func(l line) bool { return l["step"] != "consent" }) {
		t.Errorf("%d exchanges of the consent, %d in all", len(consent), len(all))
	}
	p.must(0, []string{"browser  program    GET /oauth2/callback", "200 -32042", "Sequence: complete", "Where the time went"}, "trace")
	p.must(steps.ExitUsage, []string{"follow needs a terminal"}, "follow")
	p.must(steps.ExitUsage, []string{`there is no step "nope"`}, "trace", "--step", "nope")
}
