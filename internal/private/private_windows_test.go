package private

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// outside returns a folder outside the user's profile.
func outside(t *testing.T) string {
	t.Helper()
	if wine() {
		t.Skip("Wine keeps no access control lists")
	}
	t.Setenv("USERPROFILE", t.TempDir())
	return filepath.Join(t.TempDir(), "state")
}

// openTo lets everyone read a folder.
func openTo(t *testing.T, path string) {
	t.Helper()
	d, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;FR;;;WD)(A;OICI;FA;;;OW)")
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := d.DACL()
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION, nil, nil, list, nil); err != nil {
		t.Fatal(err)
	}
}

func TestANewFolderOutsideTheProfileIsClosedToOthers(t *testing.T) {
	home := outside(t)
	f, err := Make(home, "runs")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{home, f.Path("")} {
		if others, err := readersOf(path, user.User.Sid.String()); err != nil || len(others) > 0 {
			t.Errorf("%s is open to %v, %v", path, others, err)
		}
	}
	if err := f.Replace("x", []byte("kept")); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatOthersCanReadIsRejected(t *testing.T) {
	home := outside(t)
	if err := os.MkdirAll(filepath.Join(home, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	openTo(t, home)
	_, err := Open(home)
	var refused *Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "WD") || !strings.Contains(refused.Advice, "AGENTCORE_3LO_HOME") {
		t.Errorf("error %v", err)
	}
	t.Setenv("USERPROFILE", home)
	f, err := Open(home)
	if err != nil {
		t.Fatalf("inside the profile: %v", err)
	}
	f.Close()
}

func TestAnOpenFileIsReplaced(t *testing.T) {
	f, err := Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Replace("x", []byte("old")); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(f.Path("x")) // as a virus scanner does
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, func() { reader.Close() })
	if err := f.Replace("x", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Read("x"); string(got) != "new" || err != nil {
		t.Errorf("%q %v", got, err)
	}
}
