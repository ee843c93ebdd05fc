// Agentcore-3lo walks a person from nothing to a working user-delegated tool
// call on an Amazon Bedrock AgentCore Gateway. This file is its process: signals
// and the exit code.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"agentcore-3lo/internal/cli"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/terminal"
)

// version is set by the release build; otherwise the build information serves.
var version = ""

func main() {
	paceCollections()
	t := terminal.New(os.Getenv)
	ctx := untilInterrupted(t)
	code := cli.Execute(ctx, t, buildVersion(), os.Args[1:])
	if t.Hint != "" && (code == steps.ExitUsage || code == steps.ExitNeedsPerson) {
		fmt.Fprintln(os.Stderr, t.Hint)
	}
	t.Restore()
	os.Exit(code)
}

// paceCollections leaves the heap alone while the program starts. A second later what
// the start needed goes back to the system, and from then on the heap is collected when it
// has grown by a quarter, not by all, as is Go's default: a walk allocates little, so that
// takes no time that anybody notices. GOGC takes precedence.
func paceCollections() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		time.AfterFunc(time.Second, func() {
			debug.SetGCPercent(25)
			debug.FreeOSMemory()
		})
	}
}

// untilInterrupted returns a context that ends with the first signal that asks
// the program to end. A second one ends the process at once, and so do SIGQUIT
// and SIGABRT, which are sent when nothing else works; the terminal is restored
// all the same.
func untilInterrupted(t *terminal.Terminal) context.Context {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT} {
		if !signal.Ignored(s) { // as nohup does
			signal.Notify(signals, s)
		}
	}
	go func() {
		for s := range signals {
			if ctx.Err() != nil || s == syscall.SIGQUIT || s == syscall.SIGABRT {
				t.Restore()
				if os.Getenv("GOTRACEBACK") != "" { // what it was doing, as the runtime would tell
					stacks := make([]byte, 1<<20)
					_, _ = os.Stderr.Write(stacks[:runtime.Stack(stacks, true)])
				}
				os.Exit(steps.ExitInterrupted)
			}
			end()
		}
	}()
	return ctx
}

// buildVersion is the released version, or the commit that was built.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "commit " + s.Value[:12]
		}
	}
	return "development build"
}
