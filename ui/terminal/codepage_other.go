//go:build !windows

package terminal

// codePage is 0: everything here reads UTF-8.
func codePage() uint32 { return 0 }
