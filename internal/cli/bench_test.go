//go:build linux

package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/tty"
)

// The figures of the full screen, of the built program in a terminal of its own:
//
//	go test ./internal/cli -run '^$' -bench FirstFrame -benchtime 15x
//	go test ./internal/cli -run '^$' -bench Idle -benchtime 1x
//	go test ./internal/cli -run '^$' -bench UpdateAndView -benchmem
//	go test ./internal/cli -run '^$' -bench Memory -benchtime 1x

// BenchmarkFirstFrame is from the start of the process to the first frame, the
// opening, and to the run's first page, also in a terminal that answers no
// query.
func BenchmarkFirstFrame(b *testing.B) {
	path := tty.Program(b)
	for _, silent := range []bool{false, true} {
		b.Run(fmt.Sprintf("silent=%v", silent), func(b *testing.B) {
			var frames, pages []time.Duration
			for b.Loop() {
				p := tty.Start(b, silent, nil, path, "--sandbox", "--latency", "none")
				spin(p, "From nothing", "will build") // the page itself may be the first
				frames = append(frames, time.Since(p.Began))
				spin(p, "will build")
				pages = append(pages, time.Since(p.Began))
				b.StopTimer()
				p.Send("q")
				<-p.Over
				b.StartTimer()
			}
			median := func(all []time.Duration) float64 {
				slices.Sort(all)
				return float64(all[len(all)/2].Microseconds()) / 1000
			}
			b.ReportMetric(median(frames), "ms-first-frame")
			b.ReportMetric(median(pages), "ms-first-page")
		})
	}
}

// spin looks often, so that the figure is exact, until one of these is there.
func spin(p *tty.Process, words ...string) {
	there := func(word string) bool { return strings.Contains(p.Output(), word) }
	for !slices.ContainsFunc(words, there) {
		time.Sleep(500 * time.Microsecond)
	}
}

// BenchmarkIdle is what ten seconds cost on a page that waits for the person,
// and on one whose elapsed time runs: processor time and bytes written.
func BenchmarkIdle(b *testing.B) {
	path := tty.Program(b)
	const span = 10 * time.Second
	measure := func(b *testing.B, p *tty.Process) {
		p.Still()
		time.Sleep(time.Second)
		cpu, written := cpuTime(b, p.Cmd.Process.Pid), p.Screen.Written()
		time.Sleep(span)
		used := cpuTime(b, p.Cmd.Process.Pid) - cpu
		b.ReportMetric(float64(used.Milliseconds())/float64(span.Milliseconds())*100, "%core")
		b.ReportMetric(float64(p.Screen.Written()-written)/span.Seconds(), "B/s")
	}
	b.Run("waiting", func(b *testing.B) {
		for b.Loop() {
			p := tty.Start(b, false, nil, path, "--sandbox", "--latency", "none")
			p.When("What you will build")
			measure(b, p)
		}
	})
	b.Run("asking", func(b *testing.B) { // its time does not stand on the page, and the machine waits
		for b.Loop() {
			p := tty.Start(b, false, nil, path, "--sandbox", "--latency", "none")
			toTestLink(p)
			measure(b, p)
		}
	})
	b.Run("running", func(b *testing.B) {
		for b.Loop() {
			p := tty.Start(b, false, nil, path, "--sandbox", "--latency", "slow")
			toTestLink(p)
			p.Press("n")
			p.Asks("Create these 8 resources")
			p.Press("y")
			p.When("◐ 4")
			p.Press("right", "right")
			p.When("Create the gateway", "creating")
			measure(b, p)
		}
	})
}

// cpuTime is what the process has used, from /proc.
func cpuTime(b *testing.B, pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	var user, system int
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

// BenchmarkMemory is the resident memory after a whole walk.
func BenchmarkMemory(b *testing.B) {
	path := tty.Program(b)
	for b.Loop() {
		p := tty.Start(b, false, nil, path, "--sandbox", "--latency", "none")
		toWhatNext(p)
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.SplitSeq(string(status), "\n") {
			var kb float64
			if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
				b.ReportMetric(kb/1024, "MB-RSS")
			}
		}
	}
}
