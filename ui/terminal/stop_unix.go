//go:build unix

package terminal

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// unstopped is how long it takes to know that there is no shell to continue us,
// and so the system did not stop us.
const unstopped = 200 * time.Millisecond

// aroundStops calls before when the process is about to be stopped, and after
// when it continues, until end is called. SIGSTOP cannot be seen beforehand.
func aroundStops(before, after func()) (end func()) {
	signals, over, gone := make(chan os.Signal, 4), make(chan struct{}), make(chan struct{})
	watchStops(signals)
	signal.Notify(signals, syscall.SIGCONT)
	go func() {
		defer close(gone)
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGTSTP {
					before()
					stop(os.Getpid(), signals)
				}
				after()
			case <-over:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(over); <-gone }
}

// watchStops sends SIGTSTP to the channel, where a shell lets us have it.
func watchStops(signals chan<- os.Signal) {
	if !signal.Ignored(syscall.SIGTSTP) {
		signal.Notify(signals, syscall.SIGTSTP)
	}
}

// stop stops the process, or with 0 its whole group, and returns when it
// continues. A caught SIGTSTP does not get its default action back in Go;
// SIGTTIN has the same one, and spares a process that no shell could continue.
func stop(pid int, continued <-chan os.Signal) {
	_ = syscall.Kill(pid, syscall.SIGTTIN)
	select {
	case <-continued:
	case <-time.After(unstopped):
	}
}

// CanStop says that a shell can stop a process and continue it.
const CanStop = true

// pause stops the process, or the whole job as Ctrl-Z does, until it continues.
func pause(whole bool) {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	pid := os.Getpid()
	if whole {
		pid = 0
	}
	stop(pid, continued)
}

// forwardStops tells the full screen when it is asked to stop. While something
// else has the terminal, that takes care of it.
func forwardStops(in *Input, asked func()) (end func()) {
	signals, over := make(chan os.Signal, 1), make(chan struct{})
	watchStops(signals)
	go func() {
		for {
			select {
			case <-signals:
				if !in.lent.Load() {
					asked()
				}
			case <-over:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(over) }
}
