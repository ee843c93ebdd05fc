package terminal

import "golang.org/x/sys/unix"

const getMode, setMode, setModeAndDrop = unix.TCGETS, unix.TCSETS, unix.TCSETSF
