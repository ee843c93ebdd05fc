package terminal

import (
	"runtime"
	"strings"
	"testing"
)

// A Windows program in Git Bash's own window has pipes for streams.
func TestAWindowWithoutAConsoleIsRecognised(t *testing.T) {
	t.Parallel()
	for pipe, known := range map[string]bool{
		`\msys-1888ae32e00d56aa-pty0-from-master`:   true,
		`\msys-dd50a72ab4668b33-pty12-to-master`:    true,
		`\cygwin-e022582115c10879-pty4-from-master`: true,
		`\MSYS-DD50A72AB4668B33-PTY1-FROM-MASTER`:   true,
		"":                                      false,
		`\pipe\something`:                       false,
		`\msys-1888ae32e00d56aa-12345-pipe-0x1`: false,
		`C:\msys-1888-pty0-from-master.txt`:     false,
	} {
		hint := hintFor(pipe, "agentcore-3lo walk --sandbox")
		if (hint != "") != known || known && !strings.Contains(hint, "winpty agentcore-3lo walk --sandbox\n") {
			t.Errorf("%s: %q", pipe, hint)
		}
	}
}

func TestWhereAFullScreenIsPossible(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, out, sequences bool
		env                map[string]string
		want               bool
	}{
		"a terminal":             {true, true, true, map[string]string{"TERM": "xterm"}, true},
		"no TERM":                {true, true, true, nil, runtime.GOOS == "windows"},
		"a legacy console":       {true, true, false, map[string]string{"TERM": "xterm"}, false},
		"piped input":            {false, true, true, map[string]string{"TERM": "xterm"}, false},
		"piped output":           {true, false, true, map[string]string{"TERM": "xterm"}, false},
		"a dumb terminal":        {true, true, true, map[string]string{"TERM": "dumb"}, false},
		"continuous integration": {true, true, true, map[string]string{"TERM": "xterm", "CI": "1"}, false},
	} {
		if got := fullScreen(c.in, c.out, c.sequences, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
