//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/picture"
)

// process is what a person feels of the program itself.
type process struct {
	Least             time.Duration // of the smallest Go program: what starting a process takes here
	Help, Frame       time.Duration // until --help has ended, and until the first frame
	Binary            int64         // bytes
	FirstPage, Walked memory        // at the first page, and after a walk
}

// memory is what a process has resident, in MB.
type memory struct{ All, Binary float64 }

const columns, rows = 120, 36

// feel measures the program. Of times it returns the median of so many.
func feel(ctx context.Context, p program, times int) (f process, err error) {
	info, err := os.Stat(p.path)
	if err != nil {
		return f, err
	}
	f.Binary = info.Size()
	least, err := buildLeast(p.home)
	if err != nil {
		return f, err
	}
	for _, x := range []struct {
		program program
		took    *time.Duration
	}{{least, &f.Least}, {p, &f.Help}} {
		*x.took, err = median(times, func(int) (time.Duration, error) {
			cmd, began := x.program.command(ctx, "--help"), time.Now()
			err := cmd.Run()
			return time.Since(began), err
		})
		if err != nil {
			return f, err
		}
	}
	f.Frame, err = median(times, func(i int) (time.Duration, error) { return frame(ctx, p.in(fmt.Sprint("frame", i))) })
	if err == nil {
		f.FirstPage, f.Walked, err = resident(ctx, p.in("memory"))
	}
	return f, err
}

func median[T time.Duration | float64](times int, measure func(i int) (T, error)) (T, error) {
	var all []T
	for i := range times {
		x, err := measure(i)
		if err != nil {
			return 0, err
		}
		all = append(all, x)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// terminal is the program in a terminal that answers no query.
type terminal struct {
	cmd    *exec.Cmd
	screen *picture.Terminal
	began  time.Time
	over   chan struct{} // closed when the program has ended
}

func open(ctx context.Context, p program, args ...string) (*terminal, error) {
	t := &terminal{cmd: p.command(ctx, args...), screen: picture.NewTerminal(columns, rows), began: time.Now(), over: make(chan struct{})}
	tty, err := pty.StartWithSize(t.cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, t.screen.Answers()) }() // which never arrive
	go func() {
		_, _ = io.Copy(t.screen, tty)
		_ = t.cmd.Wait()
		tty.Close()
		close(t.over)
	}()
	return t, nil
}

// end kills the program.
func (t *terminal) end() {
	_ = t.cmd.Process.Kill()
	<-t.over
}

// frame measures from the start of the process to the first text on the full screen.
func frame(ctx context.Context, p program) (time.Duration, error) {
	t, err := open(ctx, p, "--sandbox", "--latency", "none")
	if err != nil {
		return 0, err
	}
	defer t.end()
	for time.Since(t.began) < 10*time.Second {
		if t.screen.AltScreen() && strings.TrimSpace(t.screen.Text()) != "" {
			return time.Since(t.began), nil
		}
		time.Sleep(200 * time.Microsecond)
	}
	return 0, fmt.Errorf("no frame within ten seconds")
}

// resident is a process's resident memory on the first page of a walk that plays by
// itself, with the sandbox in the same process, and on the last, where it stays: two
// seconds after each has come.
func resident(ctx context.Context, p program) (first, walked memory, err error) {
	t, err := open(ctx, p, "--sandbox", "--latency", "none", "--yes")
	if err != nil {
		return first, walked, err
	}
	defer t.end()
	if first, err = t.residentAt("What you will build"); err == nil {
		walked, err = t.residentAt("What next")
	}
	return first, walked, err
}

// residentAt waits for a page with those words, and two seconds more.
func (t *terminal) residentAt(words string) (memory, error) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(t.screen.Text(), words) {
			time.Sleep(2 * time.Second)
			return residentOf(t.cmd.Process.Pid)
		}
	}
	return memory{}, fmt.Errorf("the page with %q did not come within a minute", words)
}

// residentOf reads a process's resident memory.
func residentOf(pid int) (m memory, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, err
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			m.All = kb / 1024
		}
		if n, _ := fmt.Sscanf(line, "RssFile: %f kB", &kb); n == 1 {
			m.Binary = kb / 1024
		}
	}
	return m, nil
}
