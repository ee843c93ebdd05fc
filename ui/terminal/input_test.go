//go:build unix

package terminal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Standard input has one owner: no other file of the program names it.
func TestOnlyTheTerminalTakesStandardInput(t *testing.T) {
	t.Parallel()
	root, named := filepath.Join("..", ".."), []string(nil)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, way := range []string{"os.Stdin", "term.ReadPassword", "fmt.Scan", "/dev/tty", "syscall.Stdin", "STD_INPUT_HANDLE"} {
			if strings.Contains(string(raw), way) {
				named = append(named, path+" has "+way)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(named) != 1 || named[0] != filepath.Join(root, "ui", "terminal", "terminal.go")+" has os.Stdin" {
		t.Errorf("standard input is read elsewhere: %q", named)
	}
}

func pipeInput(t *testing.T) (*Input, *os.File) {
	t.Helper()
	file, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); file.Close() })
	return NewInput(file), keys
}

// Questions that come from everywhere at once are put one after the other, and
// each gets a line of its own, in order and whole.
func TestQuestionsFromEverywhereShareOneReader(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	const askers = 8
	got := make(chan string, askers)
	for range askers {
		go func() {
			give, err := in.Turn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer give()
			text, err := in.Line(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- text
		}()
	}
	lines := strings.Repeat("one line that must stay whole\n", askers)
	for len(lines) > 0 { // a slow line
		n := min(7, len(lines))
		_, _ = keys.WriteString(lines[:n])
		lines = lines[n:]
		time.Sleep(time.Millisecond)
	}
	for range askers {
		if text := <-got; text != "one line that must stay whole" {
			t.Errorf("an asker got %q", text)
		}
	}
}

// A question that is withdrawn leaves no read behind that takes what is typed
// for the next one, or for the full screen.
func TestAWithdrawnQuestionLeavesNoReadBehind(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	for range 3 {
		ctx, withdraw := context.WithCancel(t.Context())
		withdraw()
		if _, err := in.Line(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	time.Sleep(3 * poll)
	_, _ = keys.WriteString("xyz\n")
	raw := make([]byte, 3)
	if n, err := (reads{in}).Read(raw); n != 3 || string(raw) != "xyz" || err != nil {
		t.Errorf("%q %v: a read that was left behind took the rest", raw[:n], err)
	}
}

func TestTheEndOfInputStaysTheEnd(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	_ = keys.Close()
	for range 3 {
		if _, err := in.Line(t.Context()); !errors.Is(err, ErrEnded) {
			t.Errorf("%v", err)
		}
	}
}
