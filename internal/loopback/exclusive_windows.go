package loopback

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// exclusive prevents other processes from binding the address.
func exclusive(_, _ string, c syscall.RawConn) (err error) {
	const soExclusiveAddrUse = ^windows.SO_REUSEADDR // as winsock2.h defines it
	controlled := c.Control(func(socket uintptr) {
		err = windows.SetsockoptInt(windows.Handle(socket), windows.SOL_SOCKET, soExclusiveAddrUse, 1)
	})
	return errors.Join(controlled, err)
}
