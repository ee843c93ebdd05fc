//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"syscall"
)

// nonblock keeps a pipe put in a file's place from holding the program up.
const nonblock = syscall.O_NONBLOCK

// inUse says that another program has the file open; here that never matters.
var inUse = func(error) bool { return false }

// owner names whose file it is, and says whether that is this process's user.
func owner(info fs.FileInfo) (who string, ours bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return "an unknown user", false
	}
	who = fmt.Sprintf("user %d", stat.Uid)
	if u, err := user.LookupId(fmt.Sprint(stat.Uid)); err == nil {
		who = "user " + u.Username
	}
	return who, int(stat.Uid) == os.Geteuid()
}

// linkIsTrusted accepts the user's own link and the system's.
func linkIsTrusted(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && (int(stat.Uid) == os.Geteuid() || stat.Uid == 0)
}

func openToOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// closeHome has nothing to add: permissions say it all.
func closeHome(string) error { return nil }
