//go:build unix

package userfile

import "syscall"

// nonblock prevents the open call from blocking on a pipe or device.
const nonblock = syscall.O_NONBLOCK
