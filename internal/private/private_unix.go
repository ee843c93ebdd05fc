//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"syscall"
)

// nonblock prevents the open call from blocking if the file has been replaced by a
// pipe.
const nonblock = syscall.O_NONBLOCK

// inUse lists the errors for a file that another program has open. There are none
// on Unix.
var inUse = func(error) bool { return false }

// Owner returns the owner of a file, and whether it is this process's user.
func Owner(info fs.FileInfo) (name string, own bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return "an unknown user", false
	}
	name = fmt.Sprintf("user %d", stat.Uid)
	if u, err := user.LookupId(fmt.Sprint(stat.Uid)); err == nil {
		name = "user " + u.Username
	}
	return name, int(stat.Uid) == os.Geteuid()
}

// linkIsTrusted accepts links of the user and of root.
func linkIsTrusted(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && (int(stat.Uid) == os.Geteuid() || stat.Uid == 0)
}

func openToOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// closeHome does nothing: the permissions are sufficient.
func closeHome(string) error { return nil }
