//go:build unix

// Play runs the program in a terminal, as a script says, and leaves its recording
// (walk --record) with a marker for each still. See docs/pictures/make.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/asciicast"
	"agentcore-3lo/internal/picture"
)

func main() {
	name := flag.String("theme", "dark", "dark or light: the colours of the terminal")
	width := flag.Int("width", 100, "columns of the terminal")
	height := flag.Int("height", 30, "rows of the terminal")
	flag.Parse()
	theme, known := map[string]picture.Theme{"dark": picture.Dark, "light": picture.Light}[*name]
	if flag.NArg() != 3 || !known {
		fmt.Fprintln(os.Stderr, "usage: play [flags] PROGRAM SCRIPT RECORDING")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := play(flag.Arg(0), flag.Arg(1), flag.Arg(2), picture.NewTerminal(*width, *height), theme); err != nil {
		fmt.Fprintln(os.Stderr, "play:", err)
		os.Exit(1)
	}
}

// play plays a script and writes its recording.
func play(program, script, recording string, screen *picture.Terminal, theme picture.Theme) error {
	source, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	args, scenes, err := parse(string(source))
	if err != nil {
		return fmt.Errorf("%s: %w", script, err)
	}
	home, err := os.MkdirTemp("", "play")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	raw := filepath.Join(home, "raw.cast")
	cmd := exec.Command(program, append(args, "--record", raw)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "CI=", "SSH_CONNECTION=", "SSH_TTY=", "TMUX=", "DISPLAY=:0", "AGENTCORE_3LO_HOME="+home)
	width, height := screen.Size()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)})
	if err != nil {
		return err
	}
	defer tty.Close()
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }() // it has no more to say
	screen.Show(theme)
	go func() { _, _ = io.Copy(screen, tty) }()
	go func() { _, _ = io.Copy(tty, screen.Answers()) }()
	markers, err := perform(scenes, screen, tty, raw)
	if err != nil {
		return err
	}
	return mark(raw, recording, markers)
}

// scene is a page of the script.
type scene struct {
	words string        // the page is there when the screen shows them
	holds time.Duration // how long to look at it
	keys  []string      // pressed then
	still string        // "NAME: TITLE" of a picture of it; "" = none
}

// parse reads a script: the program's arguments, then a scene a line, as
// WORDS | DURATION | KEYS | NAME: TITLE. A line that begins with # is a comment.
func parse(script string) (args []string, scenes []scene, err error) {
	for n, line := range strings.Split(script, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if args == nil {
			args = strings.Fields(line)
			continue
		}
		fields := append(strings.Split(line, "|"), "", "")
		if len(fields) < 4 || len(fields) > 6 {
			return nil, nil, fmt.Errorf("line %d: write WORDS | DURATION | KEYS | NAME: TITLE", n+1)
		}
		s := scene{words: strings.TrimSpace(fields[0]), keys: strings.Fields(fields[2]), still: strings.TrimSpace(fields[3])}
		if s.holds, err = time.ParseDuration(strings.TrimSpace(fields[1])); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		scenes = append(scenes, s)
	}
	return args, scenes, nil
}

// names are the keys that have names; the others are themselves.
var names = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D"}

const (
	patience = time.Minute            // how long the words of a scene may take
	grace    = 600 * time.Millisecond // the program drops keys that come sooner
)

// perform plays the scenes. It returns, for each still, after which line of the
// recording it is.
func perform(scenes []scene, screen *picture.Terminal, keyboard io.Writer, recording string) (markers map[int]string, err error) {
	markers = map[int]string{}
	for _, s := range scenes {
		for end := time.Now().Add(patience); !strings.Contains(screen.Text(), s.words); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				return nil, fmt.Errorf("the screen does not show %q:\n%s", s.words, screen.Text())
			}
		}
		time.Sleep(max(s.holds, grace))
		if s.still != "" {
			raw, err := os.ReadFile(recording)
			if err != nil {
				return nil, err
			}
			markers[strings.Count(string(raw), "\n")] = s.still
		}
		for _, key := range s.keys {
			if sequence, named := names[key]; named {
				key = sequence
			}
			if _, err := io.WriteString(keyboard, key); err != nil {
				return nil, err
			}
			time.Sleep(grace / 3) // a key at a time
		}
	}
	return markers, nil
}

// mark copies a recording, with markers after some of its lines.
func mark(raw, recording string, markers map[int]string) error {
	file, err := os.Open(raw)
	if err != nil {
		return err
	}
	defer file.Close()
	h, events, err := asciicast.Read(file)
	if err != nil {
		return err
	}
	var all []asciicast.Event
	for i, e := range events {
		all = append(all, e)
		if label := markers[i+2]; label != "" { // the header is a line, too
			all = append(all, asciicast.Event{At: e.At, Code: asciicast.Marker, Data: label})
		}
	}
	out, err := os.Create(recording)
	if err != nil {
		return err
	}
	defer out.Close()
	return asciicast.Write(out, h, all)
}
