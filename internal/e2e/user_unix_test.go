//go:build unix

package e2e_test

import "syscall"

// as runs a child as another user.
func as(uid uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
}
