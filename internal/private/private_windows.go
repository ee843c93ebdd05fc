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

// nonblock does not exist on Windows, where a pipe cannot replace a file.
const nonblock = 0

// inUse lists the errors for a file that another program has open: "access denied"
// and "sharing violation", as in Go's cmd/internal/robustio.
var inUse = func(err error) bool {
	var code syscall.Errno
	return errors.As(err, &code) && (code == windows.ERROR_ACCESS_DENIED || code == windows.ERROR_SHARING_VIOLATION)
}

// Owner is not checked: the access control list of the whole folder is.
func Owner(fs.FileInfo) (string, bool) { return "", true }

func linkIsTrusted(fs.FileInfo) bool { return true }

func openToOthers(fs.FileInfo) bool { return false }

// closeHome checks the access control list of a folder outside the user's profile,
// which Windows already protects. An empty folder is restricted to the user; a
// folder with content may be shared on purpose, and is an error.
func closeHome(path string) error {
	if inside(path, os.Getenv("USERPROFILE")) || wine() {
		return nil
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("look up the current user: %w", err)
	}
	me := user.User.Sid.String()
	others, err := readersOf(path, me)
	if err != nil || len(others) == 0 {
		return err
	}
	if names, err := os.ReadDir(path); err == nil && len(names) == 0 {
		if err := restrictTo(path, me); err != nil {
			return fmt.Errorf("restrict %s to this user: %w", path, err)
		}
		if others, err = readersOf(path, me); err != nil || len(others) == 0 {
			return err
		}
	}
	return &Error{path, "can be accessed by other users (" + strings.Join(others, ", ") + ")",
		"Leave AGENTCORE_3LO_HOME unset, or set it to an empty folder on an NTFS disk."}
}

// wine reports whether this is Wine, which does not keep access control lists. The
// permissions of the host system apply there.
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
		return nil, fmt.Errorf("read the access control list of %s: %w", path, err)
	}
	return readers(d.String(), me), nil
}

// restrictTo restricts a folder to one user, the administrators and the system, and
// stops inheritance from its parent.
func restrictTo(path, sid string) error {
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
