package run

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// CaseError says that a run exists whose name differs only in upper and lower
// case. Disks on Windows and macOS do not distinguish the two names.
type CaseError struct{ Run, Called string }

func (e *CaseError) Error() string {
	return fmt.Sprintf("there is no run %s; the run is called %s", e.Run, e.Called)
}

// NameError says that a run's name cannot be a file name on every system.
type NameError struct{ Name string }

func (e *NameError) Error() string {
	return fmt.Sprintf("%q cannot be a run's name: it is not a valid file name, or Windows reserves it for a device", e.Name)
}

// CheckName refuses names that lead out of the folder, and names that Windows
// reserves or changes. It does so on every system, because a state folder may be
// moved.
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

// reserved reports whether Windows treats the name, with any extension, as a
// device, or removes characters from its end (Microsoft, "Naming Files, Paths, and Namespaces").
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
		if found && utf8.RuneCountInString(digit) == 1 && strings.ContainsAny(digit, "0123456789¹²³") {
			return true
		}
	}
	return false
}
