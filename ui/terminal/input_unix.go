//go:build unix

package terminal

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// poll is how often a read looks whether its question was withdrawn.
const poll = 100 * time.Millisecond

// ready waits until the file can be read without blocking, or the time is over.
// It uses select because poll does not know terminals on macOS.
func (in *Input) ready(patience time.Duration) bool {
	for end := time.Now().Add(patience); ; {
		var set unix.FdSet
		set.Set(in.fd)
		wait := unix.NsecToTimeval(max(time.Until(end), 0).Nanoseconds())
		n, err := unix.Select(in.fd+1, &set, nil, nil, &wait)
		if err != unix.EINTR { // of which the Go runtime makes use
			return n > 0 || err != nil
		}
	}
}

// echo turns the terminal's echo off, or on again. What was typed and not read
// is dropped on request: it is half a secret, and not for the next reader.
func (in *Input) echo(on, drop bool) {
	mode, err := unix.IoctlGetTermios(in.fd, getMode)
	if err != nil {
		return
	}
	if on {
		mode.Lflag |= unix.ECHO
	} else {
		mode.Lflag &^= unix.ECHO
	}
	set := uint(setMode)
	if drop {
		set = setModeAndDrop
	}
	_ = unix.IoctlSetTermios(in.fd, set, mode)
}

// foreground says whether the terminal is ours at present, and not the shell's.
func (in *Input) foreground() bool {
	group, err := unix.IoctlGetInt(in.fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// pipe is the name of the pipe that standard input is, where it has one.
func (in *Input) pipe() string { return "" }

// drawsSequences says whether the terminal knows escape sequences. TERM tells
// the rest.
func drawsSequences(*os.File) bool { return true }
