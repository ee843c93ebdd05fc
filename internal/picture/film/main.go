// Film draws a recording of the full screen (walk --record) as SVG: an animation, and
// a still at each marker, whose label is "NAME: TITLE". See docs/pictures/make.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/asciicast"
	"agentcore-3lo/internal/picture"
)

func main() {
	name := flag.String("theme", "dark", "dark or light, as the terminal was")
	every := flag.Duration("every", 400*time.Millisecond, "shortest time that a frame is shown")
	idle := flag.Duration("idle", 3*time.Second, "longest time without a change")
	flag.Parse()
	theme, known := map[string]picture.Theme{"dark": picture.Dark, "light": picture.Light}[*name]
	if flag.NArg() != 2 || !known {
		fmt.Fprintln(os.Stderr, "usage: film [flags] RECORDING FOLDER")
		flag.PrintDefaults()
		os.Exit(2)
	}
	f := film{theme: theme, every: *every, idle: *idle, folder: flag.Arg(1)}
	if err := f.draw(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "film:", err)
		os.Exit(1)
	}
}

type film struct {
	theme       picture.Theme
	every, idle time.Duration
	folder      string
}

// draw draws the recording's animation, under the recording's name, and its stills.
func (f film) draw(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	h, events, err := asciicast.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	cut := &cut{film: f}
	screen, err := picture.Replay(h, events, cut.see)
	if err == nil {
		err = cut.err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	cut.end()
	width, height := screen.Size()
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return f.write(name, picture.SVG(f.theme, width, height, "The walkthrough on the sandbox", cut.frames, cut.clock))
}

func (f film) write(name, svg string) error {
	return os.WriteFile(filepath.Join(f.folder, name+"-"+f.theme.Name+".svg"), []byte(svg), 0o644)
}

// cut chooses the frames. Each is shown for long enough, and none for too long;
// screens that come too soon after another are left out.
type cut struct {
	film
	frames []picture.Frame
	clock  time.Duration // time in the film
	at     time.Duration // time in the recording
	rows   []string      // on the screen now
	since  time.Duration // when they came, in the film
	err    error
}

// see takes an event of the recording, after it has changed the screen.
func (c *cut) see(e asciicast.Event, t *picture.Terminal) {
	c.clock += min(e.At-c.at, c.idle)
	c.at = e.At
	rows := t.Draw(c.theme)
	if e.Code == asciicast.Marker && c.err == nil {
		name, title, _ := strings.Cut(e.Data, ": ")
		width, height := t.Size()
		c.err = c.write(name, picture.SVG(c.theme, width, height, title, []picture.Frame{{Rows: rows}}, time.Second))
	}
	if slices.Equal(rows, c.rows) {
		return
	}
	c.keep()
	c.rows, c.since = rows, c.clock
}

// keep makes a frame of the screen, unless the frame before it would be too short.
func (c *cut) keep() {
	from, n := c.since, len(c.frames)
	if n > 0 {
		from = max(from, c.frames[n-1].At+c.every)
	}
	if !blank(c.rows) && from < c.clock {
		c.frames = append(c.frames, picture.Frame{At: from, Rows: c.rows})
	}
}

// end shows the last screen for a while, and lets the film begin with its first
// frame.
func (c *cut) end() {
	c.clock = max(c.clock, c.since+c.every) + c.idle
	c.keep()
	if len(c.frames) == 0 {
		return
	}
	begin := c.frames[0].At
	for i := range c.frames {
		c.frames[i].At -= begin
	}
	c.clock -= begin
}

func blank(rows []string) bool {
	return !slices.ContainsFunc(rows, func(row string) bool { return row != "" })
}
