//go:build linux

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox"
)

// report is all that was measured.
type report struct {
	CPUs        int
	Go          string
	Rows        []row
	Waited      time.Duration // by a person who takes atPortal
	Process     process
	Median, P99 time.Duration // from the browser's request to CompleteResourceTokenAuth
}

// text is the report as Markdown.
func (r report) text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("# Performance\n\nWritten by `go run ./internal/bench`, on %d CPUs with %s.\n", r.CPUs, r.Go)
	say("The program runs in one process, the sandbox in another. The chain is the longest chain of calls that need each")
	say("other, from the list at the end, with the durations that this sandbox really took. People take no time, unless the table says so. The")
	say("tutorial's way is its cells, one call after the other, with its fixed pauses, on the same server with the same durations. Its person runs")
	say("each cell at once; starting the notebook is left out.\n")
	r.walks(say)
	r.cleanups(say)
	r.own(say)
	r.calls(say)
	list(say, "What needs what: from start to profile", setup)
	list(say, "What needs what: cleanup", cleanup)
	return b.String()
}

func (r report) walks(say func(string, ...any)) {
	say("## From start to profile\n\n| latency | program | chain | program / chain | tutorial's way | program / tutorial | chain / tutorial |\n|---|---|---|---|---|---|---|")
	for _, x := range r.Rows {
		own, of := x.Own, fmt.Sprintf("%.2f", ratio(x.Own.Walk, x.Own.Chain))
		if x.Latency == string(sandbox.LatencyNone) {
			of = "" // nothing there to wait for
		}
		say("| %s | %s | %s | %s | %s | %.2f | %.2f |", x.Latency, seconds(own.Walk), seconds(own.Chain), of, seconds(x.Tutorial.Walk), ratio(own.Walk, x.Tutorial.Walk), ratio(own.Chain, x.Tutorial.Walk))
	}
	lifelike := r.at(sandbox.LatencyLifelike)
	say("\nNo program is faster than the chain. Where the gateway takes a minute, there is little to gain: the tutorial waits for the same gateway.\n")
	say("The chain at lifelike latency: %s.\n", strings.Join(lifelike.Own.Path, " → "))
	say("A person who takes %s at the developer portal waits for the program for %s in all, at lifelike latency: the time from start to profile", atPortal, seconds(r.Waited))
	say("without that on the portal's pages, in a walk in which the simulated person really takes that long. In the tutorial's way that person")
	say("waits for all of it, %s: nothing runs meanwhile.\n", seconds(lifelike.Tutorial.Walk))
}

func (r report) cleanups(say func(string, ...any)) {
	say("## Cleanup\n\nThe program waits until everything is deleted, and looks once more. The tutorial does neither; it sleeps five seconds after each target.\n")
	say("| latency | program | chain | program / chain | tutorial's way |\n|---|---|---|---|---|")
	for _, x := range r.Rows {
		of := fmt.Sprintf("%.2f", ratio(x.Own.Clean, x.Own.Deleting))
		if x.Latency == string(sandbox.LatencyNone) {
			of = ""
		}
		theirs := seconds(x.Tutorial.Clean)
		if x.Tutorial.Clean == 0 {
			theirs = "fails: the target still exists"
		}
		say("| %s | %s | %s | %s | %s |", x.Latency, seconds(x.Own.Clean), seconds(x.Own.Deleting), of, theirs)
	}
	say("")
}

func (r report) own(say func(string, ...any)) {
	p := r.Process
	say("## The program itself\n\n| | |\n|---|---|")
	say("| the smallest Go program, until it has ended: what starting any takes on this machine | %.1f ms |", milliseconds(p.Least))
	say("| `--help`, until it has ended | %.1f ms |", milliseconds(p.Help))
	say("| first frame, in a terminal of %d × %d that answers no query | %.1f ms |", columns, rows, milliseconds(p.Frame))
	say("| stripped binary | %.1f MB |", float64(p.Binary)/1e6)
	say("| resident at the first page, the sandbox included | %.1f MB, of which %.1f MB are pages of the binary |", p.FirstPage.All, p.FirstPage.Binary)
	say("| resident after a walk, the sandbox included | %.1f MB, of which %.1f MB are pages of the binary |", p.Walked.All, p.Walked.Binary)
	say("| from the browser's request to CompleteResourceTokenAuth at AgentCore, with %d other connections | median %.1f ms, 99th percentile %.1f ms |", others, milliseconds(r.Median), milliseconds(r.P99))
	say("\nThe times are medians. The system maps the pages of the binary in large steps, and drops them when it needs the room.\n")
}

func (r report) calls(say func(string, ...any)) {
	x := r.at(sandbox.LatencyLifelike)
	say("## Calls, at lifelike latency\n\n| operation | program | tutorial's way |\n|---|---|---|")
	names := slices.Sorted(maps.Keys(x.Own.Calls))
	for _, name := range slices.Sorted(maps.Keys(x.Tutorial.Calls)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	own, theirs := 0, 0
	for _, name := range names {
		own, theirs = own+x.Own.Calls[name], theirs+x.Tutorial.Calls[name]
		say("| %s | %s | %s |", name, count(x.Own.Calls[name]), count(x.Tutorial.Calls[name]))
	}
	say("| all | %d | %d |\n", own, theirs)
}

func list(say func(string, ...any), title string, all []need) {
	say("## %s\n\n| call or state | needs | because |\n|---|---|---|", title)
	for _, n := range all {
		say("| %s | %s | %s |", n.What, strings.Join(n.Needs, ", "), n.Why)
	}
	say("")
}

func (r report) at(latency sandbox.Latency) row {
	return r.Rows[max(0, slices.IndexFunc(r.Rows, func(x row) bool { return x.Latency == string(latency) }))]
}

func count(n int) string { return cmp.Or(strings.TrimPrefix(fmt.Sprint(n), "0"), "–") }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
