//go:build !unix

package userfile

// nonblock does not exist on this system.
const nonblock = 0
