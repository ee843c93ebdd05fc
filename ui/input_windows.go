package ui

import (
	"time"

	"golang.org/x/sys/windows"
)

const poll = 0

// ready is always true: a console can be waited for only by reading it, so the
// line that is typed next goes to the next question.
func (in *Input) ready(time.Duration) bool { return true }

// echo turns the console's echo off, or on again. Half a line cannot be dropped.
func (in *Input) echo(on, _ bool) {
	console := windows.Handle(in.file.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return
	}
	if on {
		mode |= windows.ENABLE_ECHO_INPUT
	} else {
		mode &^= windows.ENABLE_ECHO_INPUT
	}
	_ = windows.SetConsoleMode(console, mode)
}

// foreground is always true: a console has no process groups.
func (in *Input) foreground() bool { return true }
