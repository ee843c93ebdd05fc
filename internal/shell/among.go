package shell

import "strings"

// families are the shells of Windows by the names of their programs.
var families = map[string]Shell{
	"powershell": PowerShell, "pwsh": PowerShell, "powershell_ise": PowerShell,
	"cmd":  Cmd,
	"bash": POSIX, "sh": POSIX, "zsh": POSIX, "fish": POSIX,
}

// among finds the nearest shell among the programs above this one. Where none
// is known, MSYSTEM means Git Bash, and PowerShell is what Windows opens.
func among(ancestors []string, env func(string) string) Shell {
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
