package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// nonblock does not exist here: a file's place cannot be taken by a pipe.
const nonblock = 0

// inUse says that another program has the file open: "access denied" and
// "sharing violation", as in Go's cmd/internal/robustio.
var inUse = func(err error) bool {
	var code syscall.Errno
	return errors.As(err, &code) && (code == windows.ERROR_ACCESS_DENIED || code == windows.ERROR_SHARING_VIOLATION)
}

// owner is not asked for: who may read is checked for the whole folder, by its
// access control list.
func owner(fs.FileInfo) (string, bool) { return "", true }

func linkIsTrusted(fs.FileInfo) bool { return true }

func openToOthers(fs.FileInfo) bool { return false }

// closeHome checks who may read a folder outside the user's profile, which
// Windows has closed to others. An empty folder is closed; one that holds
// something may be shared on purpose.
func closeHome(path string) error {
	if inside(path, os.Getenv("USERPROFILE")) || wine() {
		return nil
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("find out who runs this program: %w", err)
	}
	me := user.User.Sid.String()
	others, err := readersOf(path, me)
	if err != nil || len(others) == 0 {
		return err
	}
	if names, err := os.ReadDir(path); err == nil && len(names) == 0 {
		if err := giveTo(path, me); err != nil {
			return fmt.Errorf("close %s to other users: %w", path, err)
		}
		if others, err = readersOf(path, me); err != nil || len(others) == 0 {
			return err
		}
	}
	return &Error{path, "is open to other users (" + strings.Join(others, ", ") + ")",
		"Leave AGENTCORE_3LO_HOME unset, or set it to an empty folder on an NTFS disk."}
}

// wine says that this is Wine, which shows access control lists that it does not
// keep; there the permissions of the system below count.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func inside(path, profile string) bool {
	if profile == "" {
		return false
	}
	way, err := filepath.Rel(profile, path)
	return err == nil && filepath.IsLocal(way)
}

func readersOf(path, me string) ([]string, error) {
	d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, fmt.Errorf("find out who may read %s: %w", path, err)
	}
	return readers(d.String(), me), nil
}

// giveTo leaves a folder to one user, the administrators and the system, and
// stops its parent's entries from reaching it.
func giveTo(path, sid string) error {
	d, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;" + sid + ")(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)")
	if err != nil {
		return err
	}
	list, _, err := d.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
}
