// Package desktop says where the person's browser can run.
package desktop

import (
	"os"
	"runtime"
	"strings"
)

// Elsewhere says why the person's browser has to run on another machine
// than this program; "" where it can run here. $BROWSER counts as one, also
// where there is no display.
func Elsewhere(env func(string) string) string {
	switch {
	case env("SSH_CONNECTION") != "" || env("SSH_TTY") != "":
		return "this is a remote session"
	case runtime.GOOS == "linux" && env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "" && env("BROWSER") == "" && !WSL(env):
		return "this machine has no display"
	}
	return ""
}

// WSL says whether this is Linux inside Windows, where the browser is Windows'.
func WSL(env func(string) string) bool {
	if runtime.GOOS != "linux" {
		return false
	}
	version, _ := os.ReadFile("/proc/version")
	return env("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(string(version)), "microsoft")
}
