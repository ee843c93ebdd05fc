package ui

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Program is the form that started this program, for printed commands:
// "go run .", "./agentcore-3lo", "agentcore-3lo".
func Program() string {
	if exe, err := os.Executable(); err == nil && strings.Contains(filepath.ToSlash(exe), "/go-build") {
		return "go run ."
	}
	if len(os.Args) == 0 || os.Args[0] == "" {
		return "agentcore-3lo"
	}
	typed := os.Args[0]
	if strings.ContainsAny(typed, " ") {
		return `"` + typed + `"`
	}
	if runtime.GOOS == "windows" && !strings.ContainsAny(typed, `\/`) {
		return `.\` + typed
	}
	return typed
}
