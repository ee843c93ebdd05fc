package terminal

import (
	"os"
	"time"
	"unsafe"

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

// pipe is the name of the pipe that standard input is, where it has one.
func (in *Input) pipe() string {
	var info struct {
		length uint32 // of the name, in bytes
		name   [windows.MAX_PATH]uint16
	}
	err := windows.GetFileInformationByHandleEx(windows.Handle(in.file.Fd()), windows.FileNameInfo, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return ""
	}
	return windows.UTF16ToString(info.name[:min(info.length/2, windows.MAX_PATH)])
}

// drawsSequences says whether the console can be told to obey escape sequences.
// The legacy console cannot.
func drawsSequences(out *os.File) bool {
	console := windows.Handle(out.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	if windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		return false
	}
	_ = windows.SetConsoleMode(console, mode)
	return true
}
