package terminal

import (
	"cmp"
	"runtime"
	"strings"
)

// Colored reports whether to draw with colors. FORCE_COLOR and CLICOLOR_FORCE want
// them, NO_COLOR (no-color.org) and CLICOLOR=0 do not.
func Colored(env func(string) string) bool {
	switch {
	case env("NO_COLOR") != "":
		return false
	case env("FORCE_COLOR") != "" && env("FORCE_COLOR") != "0", env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0":
		return true
	}
	return env("CLICOLOR") != "0" && env("FORCE_COLOR") != "0"
}

// UTF8 reports whether the terminal shows characters beyond ASCII, by the locale's
// character set (POSIX: LC_ALL before LC_CTYPE before LANG). Windows has none of these
// variables, and its consoles show them. So do terminals that say nothing at all.
func UTF8(env func(string) string) bool {
	locale := cmp.Or(env("LC_ALL"), env("LC_CTYPE"), env("LANG"))
	if runtime.GOOS == "windows" || locale == "" {
		return true
	}
	locale = strings.ToLower(locale)
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}
