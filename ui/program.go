package ui

import "agentcore-3lo/internal/shell"

// Program is how this program was started, for printed commands.
func Program() string { return shell.Program() }
