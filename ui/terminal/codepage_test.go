package terminal

import (
	"testing"
)

func TestOnlyAPipeInAnotherCodePageGetsASCII(t *testing.T) {
	for name, x := range map[string]struct {
		terminal bool
		codePage uint32
		want     bool
	}{
		"a pipe of PowerShell 5.1 in Germany":       {false, 850, true},
		"a pipe of PowerShell 5.1 in the USA":       {false, 437, true},
		"a pipe in Japan":                           {false, 932, true},
		"a pipe after chcp 65001":                   {false, 65001, false},
		"a pipe without a console, or Linux, macOS": {false, 0, false},
		"a console": {true, 850, false},
	} {
		if got := legacy(x.terminal, x.codePage); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
