package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// The errors of Windows have other meanings elsewhere.
var (
	accessDenied     = &os.LinkError{Op: "rename", Err: syscall.Errno(5)}
	sharingViolation = &fs.PathError{Op: "open", Err: syscall.Errno(32)}
)

func onWindows(t *testing.T) {
	was := inUse
	inUse = func(err error) bool {
		var code syscall.Errno
		return errors.As(err, &code) && (code == 5 || code == 32)
	}
	t.Cleanup(func() { inUse = was })
}

func TestAFileThatAnotherProgramHasOpenIsRetried(t *testing.T) {
	onWindows(t)
	for _, busy := range []error{accessDenied, sharingViolation, fmt.Errorf("write: %w", sharingViolation)} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			err := retryInUse("/home/ana/demo.json", func() error {
				if time.Since(began) < 1500*time.Millisecond {
					return busy
				}
				return nil
			})
			if took := time.Since(began); err != nil || took > 2*time.Second {
				t.Errorf("%v: %v after %v", busy, err, took)
			}
		})
	}
}

func TestAFileThatStaysOpenIsAnErrorAfterTwoSeconds(t *testing.T) {
	onWindows(t)
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		err := retryInUse("/home/ana/demo.json", func() error { tries++; return accessDenied })
		var open *Error
		if took := time.Since(began); !errors.As(err, &open) || open.Path != "/home/ana/demo.json" || !strings.Contains(open.Advice, "Close what has it open") || took > 2*time.Second || took < time.Second || tries < 10 {
			t.Errorf("%v after %v and %d tries", err, took, tries)
		}
	})
}

func TestOtherErrorsAreNotRetried(t *testing.T) {
	onWindows(t)
	for _, err := range []error{fs.ErrNotExist, &fs.PathError{Op: "open", Err: syscall.Errno(2)}, errors.New("x")} {
		tries := 0
		if got := retryInUse("/home/ana/demo.json", func() error { tries++; return err }); !errors.Is(got, err) || tries != 1 {
			t.Errorf("%v after %d tries", got, tries)
		}
	}
}

func TestWhoMayReadAFolderOnWindows(t *testing.T) {
	const me = "S-1-5-21-1-2-3-1001"
	for sddl, want := range map[string]string{
		"O:BAG:SYD:P(A;OICI;FA;;;S-1-5-21-1-2-3-1001)(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)": "[]",
		"D:(A;;FA;;;S-1-5-21-1-2-3-1001)(A;OICIIO;FA;;;CO)(A;;0x1200a9;;;OW)":          "[]",
		"D:PAI(A;OICI;FA;;;S-1-5-18)(A;OICI;FA;;;S-1-5-32-544)":                        "[]",
		"D:AI(A;OICIID;0x1301bf;;;AU)(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;OICIIOID;GA;;;CO)": "[AU]",
		"D:(A;;0x1200a9;;;WD)(A;;FA;;;S-1-5-21-1-2-3-1001)":                            "[WD]",
		"D:(A;;FA;;;S-1-5-21-1-2-3-1002)":                                              "[S-1-5-21-1-2-3-1002]",
		"D:(A;;FA;;;S-1-5-21-1-2-3-10011)":                                             "[S-1-5-21-1-2-3-10011]",
		"D:(A;ID;FR;;;BU)(A;OICIIOID;FR;;;BU)(A;ID;FA;;;S-1-5-21-1-2-3-1001)":          "[BU]",
		"D:(D;;FA;;;BU)(A;;FA;;;S-1-5-21-1-2-3-1001)":                                  "[]",
		"D:(XA;;FR;;;WD;(@User.Title==\"PM\"))(A;;FA;;;SY)":                            "[WD]",
		"D:(OA;;FR;;;BG)":                   "[BG]",
		"D:(A;;FA;;;SY)S:(AU;SAFA;FA;;;WD)": "[]",
		"D:NO_ACCESS_CONTROL":               "[everybody]",
		"O:SY":                              "[everybody]",
		"":                                  "[everybody]",
		"D:":                                "[]",
		"D:(nonsense)":                      "[an entry that cannot be read]",
	} {
		if got := fmt.Sprint(readers(sddl, me)); got != want {
			t.Errorf("%s: %s, want %s", sddl, got, want)
		}
	}
}
