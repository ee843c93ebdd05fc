//go:build !windows

package shell

const onWindows = false

// Current returns the family of the shell that started this program.
func Current() Shell { return POSIX }
