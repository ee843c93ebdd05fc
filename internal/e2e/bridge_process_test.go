//go:build unix

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
)

// bridgeCommand is a command of this person.
func (p *person) bridgeCommand(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.Env, c.Dir = p.environ(), p.home
	return c
}

// mustRun runs a command to its end.
func (p *person) mustRun(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var errs bytes.Buffer
	c := p.bridgeCommand(ctx, args...)
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, errs.String())
	}
	return string(out)
}

// connect starts the bridge and connects the official SDK's client with it.
func (p *person) connect(t testing.TB) *sdk.ClientSession {
	t.Helper()
	c := p.bridgeCommand(context.Background(), "mcp")
	var errs testkit.Output
	c.Stderr = &errs
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, &sdk.CommandTransport{Command: c}, nil)
	if err != nil {
		t.Fatalf("connecting to the bridge: %v\n%s", err, errs.String())
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil || errs.String() != "" {
			t.Errorf("the bridge ended: %v\n%s", err, errs.String())
		}
	})
	return s
}

func mustProfile(t testing.TB, s *sdk.ClientSession) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	res, err := s.CallTool(ctx, &sdk.CallToolParams{Name: profileTool})
	raw, _ := json.Marshal(res)
	if err != nil || res.IsError || !strings.Contains(string(raw), "ana@example.com") {
		t.Fatalf("the tool answered %v, %s", err, raw)
	}
}

// ownSandbox is a person whose run is in the sandbox of the state folder.
func ownSandbox(t testing.TB) *person {
	t.Helper()
	p := &person{home: t.TempDir(), env: map[string]string{}}
	for name, value := range map[string]string{"HOME": p.home, "AGENTCORE_3LO_HOME": filepath.Join(p.home, "state"), "AGENTCORE_3LO_BACKOFF": "5ms",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"} {
		p.env[name] = value
	}
	p.mustRun(t, "--sandbox", "--yes", "--plain", "--port", fmt.Sprint(freeport.Take(t)), "--sandbox-port", fmt.Sprint(freeport.Take(t)))
	return p
}

// The sandbox is part of the bridge when nobody else serves it. When the process that
// does ends, the bridge takes its place, and the client sees nothing of it.
func TestTheBridgeOutlivesTheProcessThatServedItsSandbox(t *testing.T) {
	t.Parallel()
	p := ownSandbox(t)
	mustProfile(t, p.connect(t)) // it serves the sandbox itself
	if p.bridgeCommand(t.Context(), "sandbox").Run() == nil {
		t.Error("two processes serve the sandbox")
	}

	q := ownSandbox(t)
	served := q.bridgeCommand(context.Background(), "sandbox", "--json")
	out, err := served.StdoutPipe()
	if err == nil {
		err = served.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s := q.connect(t)
	mustProfile(t, s)
	_ = served.Process.Signal(syscall.SIGTERM)
	_ = served.Wait()
	mustProfile(t, s)
}

// Nothing but the protocol is on standard output, and every failure before it says why
// on standard error.
func TestTheBridgeWritesNothingButTheProtocol(t *testing.T) {
	t.Parallel()
	p := ownSandbox(t)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c := p.bridgeCommand(ctx, "mcp", "--json")
	c.Stdin = strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"` + profileTool + `"}}
{"jsonrpc":"2.0","id":4,"method":"no/such"}
`)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || errs.String() != "" || len(lines) != 4 {
		t.Errorf("%v, %d lines\n%s%s", err, len(lines), out, errs.String())
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, `{"jsonrpc":"2.0","id":`) || !json.Valid([]byte(line)) {
			t.Errorf("a line is %q", line)
		}
	}
	journal := read(t, filepath.Join(p.state(), "journals", p.oneRun(t)+".ndjson"))
	if !strings.Contains(journal, `"tools/call"`) || strings.Contains(journal, "ana@example.com") || strings.Contains(journal, "eyJ") {
		t.Error("the journal lacks the call, or has what it must not have")
	}
	for _, args := range [][]string{{"mcp", "--run", "absent"}, {"mcp", "--wait", "-1s"}, {"mcp", "stray"}} {
		errs.Reset()
		c := p.bridgeCommand(ctx, args...)
		c.Stderr = &errs
		if out, err := c.Output(); err == nil || len(out) > 0 || errs.Len() == 0 {
			t.Errorf("%v: %v, %q, %q", args, err, out, errs.String())
		}
	}
}

func (p *person) oneRun(t testing.TB) string {
	t.Helper()
	return strings.Fields(p.mustRun(t, "runs"))[0]
}

// The figures of the bridge, of the built program:
//
//	go test ./internal/e2e -run '^$' -bench Bridge -benchtime 1x
func BenchmarkBridge(b *testing.B) {
	p := ownSandbox(b)
	served := p.bridgeCommand(context.Background(), "sandbox")
	if err := served.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = served.Process.Kill(); _ = served.Wait() }()
	time.Sleep(time.Second)

	b.Run("start", func(b *testing.B) {
		var all []time.Duration
		for b.Loop() {
			for range 40 {
				all = append(all, p.initialized(b))
			}
		}
		report(b, all, "ms-to-initialize")
	})
	b.Run("call", func(b *testing.B) {
		const calls = 1000
		s := p.connect(b)
		var shown struct {
			Config struct {
				Servers map[string]struct{ URL string } `json:"mcpServers"`
			} `json:"client_config"`
		}
		if err := json.Unmarshal([]byte(p.mustRun(b, "connect", "--json")), &shown); err != nil {
			b.Fatal(err)
		}
		client := mcp.Client{Token: strings.TrimSpace(p.mustRun(b, "token"))}
		for _, server := range shown.Config.Servers {
			client.URL = server.URL
		}
		direct, err := mcp.Open(context.Background(), client)
		if err != nil {
			b.Fatal(err)
		}
		mustProfile(b, s)
		var alone, bridged []time.Duration
		for b.Loop() {
			for range calls { // in turn, so that both meet the same machine
				began := time.Now()
				if _, err := direct.Call(context.Background(), client.Token, "tools/call", json.RawMessage(`{"name":"`+profileTool+`","arguments":{}}`), nil); err != nil {
					b.Fatal(err)
				}
				alone = append(alone, time.Since(began))
				began = time.Now()
				if _, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: profileTool}); err != nil {
					b.Fatal(err)
				}
				bridged = append(bridged, time.Since(began))
			}
		}
		report(b, alone, "ms-alone")
		report(b, bridged, "ms-bridged")
	})
}

// initialized is from the start of the process to the answer to initialize.
func (p *person) initialized(b *testing.B) time.Duration {
	c := p.bridgeCommand(context.Background(), "mcp")
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	_, _ = io.WriteString(in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`+"\n")
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	_ = in.Close()
	_ = c.Wait()
	return took
}

func report(b *testing.B, all []time.Duration, unit string) {
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(all[len(all)/2]), unit)
	b.ReportMetric(ms(all[len(all)*99/100]), unit+"-p99")
	b.ReportMetric(0, "ns/op")
}

// A user who consents ahead of time is not asked by the bridge.
func TestAConsentAheadOfTimeIsTheBridgesToo(t *testing.T) {
	t.Parallel()
	p := newPerson(t, testkit.StartSandbox(t))
	walk, _ := p.startConsent(t)
	walk.kill()
	consent := p.start(t, allow, "consent", "--yes", "--json")
	<-consent.done
	if code := consent.exit(); code != 0 {
		t.Fatalf("consent: exit %d\n%s", code, consent.tail())
	}
	p.env["BROWSER"] = "/nonexistent"
	mustProfile(t, p.connect(t))
}
