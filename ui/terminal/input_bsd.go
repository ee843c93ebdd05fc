//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import "golang.org/x/sys/unix"

const getMode, setMode, setModeAndDrop = unix.TIOCGETA, unix.TIOCSETA, unix.TIOCSETAF
