package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/asciicast"
	"agentcore-3lo/internal/picture"
)

func TestAFilmHasNoLongPausesAndNoShortFrames(t *testing.T) {
	at := func(seconds float64, data string) asciicast.Event {
		return asciicast.Event{At: time.Duration(seconds * float64(time.Second)), Code: asciicast.Output, Data: data}
	}
	events := []asciicast.Event{
		at(0, "\x1b[2J"), at(2, "\x1b[Hone"), at(4, "\x1b[Hone"), // the same again
		at(5, "\x1b[Htwo"), at(5.1, "\x1b[Hnot"), at(5.2, "\x1b[Hsix"), // "not" was there for too short a time
		at(60, "\x1b[Hend"),
	}
	c := &cut{film: film{theme: picture.Dark, every: time.Second, idle: 3 * time.Second}}
	if _, err := picture.Replay(asciicast.Header{Width: 20, Height: 3}, events, c.see); err != nil {
		t.Fatal(err)
	}
	c.end()
	var frames []string
	for _, f := range c.frames {
		_, text, _ := strings.Cut(f.Rows[0], ">")
		text, _, _ = strings.Cut(text, "<")
		frames = append(frames, fmt.Sprint(text, " at ", f.At.Round(time.Millisecond)))
	}
	if want := []string{"one at 0s", "two at 3s", "six at 4s", "end at 6.2s"}; !slices.Equal(frames, want) || c.clock.Round(time.Millisecond) != 10200*time.Millisecond {
		t.Errorf("%v, in all %v; want %v, in all 10.2s", frames, c.clock, want)
	}
}

func TestARecordingBecomesAnAnimationAndStills(t *testing.T) {
	folder := t.TempDir()
	recording := filepath.Join(folder, "walk.cast")
	var cast bytes.Buffer
	err := asciicast.Write(&cast, asciicast.Header{Version: 2, Width: 20, Height: 3}, []asciicast.Event{
		{At: 0, Code: asciicast.Output, Data: "the \x1b[1;36mfirst\x1b[m <page>\r\nsame"},
		{At: time.Second, Code: asciicast.Marker, Data: "first: The first page"},
		{At: 2 * time.Second, Code: asciicast.Output, Data: "\x1b[Hthe other page  "},
	})
	if err != nil || os.WriteFile(recording, cast.Bytes(), 0o600) != nil {
		t.Fatal(err)
	}
	if err := (film{picture.Light, time.Millisecond, time.Second, folder}).draw(recording); err != nil {
		t.Fatal(err)
	}
	for name, counts := range map[string]map[string]int{
		"walk-light.svg":  {">same</text>": 1, "<use": 4, "@keyframes": 2, picture.Light.Sixteen[6]: 1, "&lt;page&gt;": 1, `fill="` + picture.Light.Background: 1},
		"first-light.svg": {">same</text>": 1, "<use": 2, "@keyframes": 0, "The first page": 1, "the other": 0},
	} {
		svg, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for words, want := range counts {
			if got := strings.Count(string(svg), words); got != want {
				t.Errorf("%s has %q %d times, want %d:\n%s", name, words, got, want, svg)
			}
		}
	}
}
