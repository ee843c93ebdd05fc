//go:build !unix

package userfile

// nonblock does not exist here.
const nonblock = 0
