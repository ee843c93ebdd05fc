//go:build unix

package userfile

import "syscall"

// nonblock keeps the opening of a pipe or device from waiting.
const nonblock = syscall.O_NONBLOCK
