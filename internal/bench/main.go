//go:build linux

// Bench measures how long people wait for this program, and writes docs/performance.md.
// With -brief it writes nothing and fails if a ratio is out of bounds, which holds on a
// busy machine, too. With -program it measures a program that is built already.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"agentcore-3lo/internal/sandbox"
)

func main() {
	brief := flag.Bool("brief", false, "measure little, write nothing, and fail if a ratio is out of bounds")
	out := flag.String("o", "docs/performance.md", "the file to write")
	built := flag.String("program", "", "the program to measure; by default it is built as a release is")
	flag.Parse()
	if err := bench(context.Background(), *brief, *out, *built); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, brief bool, out, built string) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p := program{path: built, home: dir}
	if built == "" {
		if p, err = build(dir); err != nil {
			return err
		}
	}
	if brief {
		return check(ctx, p, built == "")
	}
	r, err := measure(ctx, p)
	if err != nil {
		return err
	}
	text := r.text()
	fmt.Print(text)
	return os.WriteFile(out, []byte(text), 0o644)
}

// row is what was measured at one latency.
type row struct {
	Latency       string
	Own, Tutorial measured
}

// measure measures everything. Ways that mostly wait go side by side; what counts in
// milliseconds has the machine for itself.
func measure(ctx context.Context, p program) (report, error) {
	r := report{CPUs: runtime.NumCPU(), Go: runtime.Version()}
	var err error
	if r.Process, err = feel(ctx, p, 31); err != nil {
		return r, err
	}
	if r.Median, r.P99, err = bindings(ctx, 3); err != nil {
		return r, err
	}
	rows, patience := make([]row, len(sandbox.Latencies())), errors.New("not measured")
	errs := make([]error, len(rows))
	var all sync.WaitGroup
	all.Go(func() { r.Waited, patience = patient(ctx, p.in("patient"), string(sandbox.LatencyLifelike)) })
	for i, latency := range sandbox.Latencies() {
		times := 5
		if latency == sandbox.LatencySlow {
			times = 1 // it takes minutes, and every call equally long
		}
		all.Go(func() { rows[i], errs[i] = at(ctx, p.in(string(latency)), string(latency), times) })
	}
	all.Wait()
	r.Rows = rows
	return r, errors.Join(append(errs, patience)...)
}

// at measures both ways at a latency: of so many walks the one that took the median.
func at(ctx context.Context, p program, latency string, times int) (row, error) {
	var all []measured
	for i := range times {
		m, err := walk(ctx, p.in(fmt.Sprint(i)), latency)
		if err != nil {
			return row{}, err
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(a.Walk, b.Walk) })
	tutorial, err := tutorialWay(ctx, latency)
	return row{latency, all[len(all)/2], tutorial}, err
}

// The bounds of -brief: far from what is measured on a machine that does nothing else.
const (
	mostOfChain    = 1.5
	mostOfTutorial = 1
	mostOfCleanup  = 2
	mostBinary     = 22 // MB
)

// check fails if a ratio is out of bounds, or the binary of a release is too large.
func check(ctx context.Context, p program, release bool) error {
	r, err := at(ctx, p, string(sandbox.LatencyLifelike), 1)
	if err != nil {
		return err
	}
	var broken []string
	bound := func(what string, is, most float64) {
		fmt.Printf("%-40s %6.2f, at most %.2f\n", what, is, most)
		if is > most {
			broken = append(broken, what)
		}
	}
	bound("start to profile / longest chain", ratio(r.Own.Walk, r.Own.Chain), mostOfChain)
	bound("start to profile / the tutorial's way", ratio(r.Own.Walk, r.Tutorial.Walk), mostOfTutorial)
	bound("cleanup / longest chain", ratio(r.Own.Clean, r.Own.Deleting), mostOfCleanup)
	if release {
		info, err := os.Stat(p.path)
		if err != nil {
			return err
		}
		bound("binary, MB", float64(info.Size())/1e6, mostBinary)
	}
	if broken != nil {
		return errors.New("out of bounds: " + strings.Join(broken, ", "))
	}
	return nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
