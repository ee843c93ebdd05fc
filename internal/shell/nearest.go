package shell

import "strings"

// families maps program names of Windows shells to their families.
var families = map[string]Shell{
	"powershell": PowerShell, "pwsh": PowerShell, "powershell_ise": PowerShell,
	"cmd":  Cmd,
	"bash": POSIX, "sh": POSIX, "zsh": POSIX, "fish": POSIX,
}

// nearest returns the nearest shell among the ancestors of this process. If there
// is none, MSYSTEM means Git Bash; the default is PowerShell.
func nearest(ancestors []string, env func(string) string) Shell {
	for _, name := range ancestors {
		if s, ok := families[strings.TrimSuffix(strings.ToLower(name), ".exe")]; ok {
			return s
		}
	}
	if env("MSYSTEM") != "" {
		return POSIX
	}
	return PowerShell
}
