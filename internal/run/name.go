package run

import (
	"fmt"
	"path/filepath"
	"strings"
)

// CaseError says that the run is called otherwise: its name differs in upper
// and lower case, and disks of Windows and macOS do not tell the two apart.
type CaseError struct{ Run, Called string }

func (e *CaseError) Error() string {
	return fmt.Sprintf("there is no run %s; the run is called %s", e.Run, e.Called)
}

// NameError says that no file can have a run's name on some computer.
type NameError struct{ Name string }

func (e *NameError) Error() string {
	return fmt.Sprintf("%q cannot be a run's name: it is no file name, or Windows reserves it for a device", e.Name)
}

// CheckName refuses names that lead out of the folder, and those that Windows
// does not keep as they are, also elsewhere: a state folder may move.
func CheckName(name string) error {
	if name == "" || !filepath.IsLocal(name) || strings.ContainsAny(name, `/\:*?"<>|`) || strings.HasPrefix(name, ".") || reserved(name) {
		return &NameError{name}
	}
	for _, r := range name {
		if r < ' ' {
			return &NameError{name}
		}
	}
	return nil
}

// reserved reports whether Windows takes the name, with any extension, for a
// device, or cuts its end off (Microsoft, "Naming Files, Paths, and Namespaces").
func reserved(name string) bool {
	if strings.TrimRight(name, ". ") != name {
		return true
	}
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		digit, found := strings.CutPrefix(base, port)
		if found && len([]rune(digit)) == 1 && strings.Contains("0123456789¹²³", digit) {
			return true
		}
	}
	return false
}
