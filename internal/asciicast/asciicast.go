// Package asciicast writes and reads recordings of a terminal in asciinema's format
// (https://docs.asciinema.org/manual/asciicast/v2/).
package asciicast

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
	"unicode/utf8"
)

// The codes of events.
const (
	Output = "o" // what was written to the terminal
	Resize = "r" // the window has another size, COLUMNSxROWS
)

// Header is the first line of a recording.
type Header struct {
	Version   int               `json:"version"` // 2
	Width     int               `json:"width"`   // columns
	Height    int               `json:"height"`  // rows
	Timestamp int64             `json:"timestamp,omitempty"`
	Title     string            `json:"title,omitempty"`
	Env       map[string]string `json:"env,omitempty"`
}

// Event is a line of a recording after the first.
type Event struct {
	At   time.Duration // since the recording began
	Code string
	Data string
}

// Size returns columns and rows of a Resize. It fails for another format.
func (e Event) Size() (width, height int, err error) {
	if _, err := fmt.Sscanf(e.Data, "%dx%d", &width, &height); err != nil || width < 1 || height < 1 {
		return 0, 0, fmt.Errorf("%q is not a size such as 80x24", e.Data)
	}
	return width, height, nil
}

// Writer writes a recording, each event at once and in one piece, so that what was
// recorded before a crash is complete. Its methods may be called from any goroutine.
type Writer struct {
	mu      sync.Mutex
	out     io.Writer
	began   time.Time
	partial []byte // the beginning of a character whose end was not written yet
	err     error
}

// NewWriter writes the header, with the version and the time, and returns a writer
// for events.
func NewWriter(out io.Writer, h Header) (*Writer, error) {
	w := &Writer{out: out, began: time.Now()}
	h.Version, h.Timestamp = 2, w.began.Unix()
	w.line(h)
	return w, w.err
}

// Output records what was written to the terminal. A character that is written in
// pieces is recorded when it is complete, as an event has whole characters.
func (w *Writer) Output(p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	data := append(w.partial, p...)
	whole := len(data) - unfinished(data)
	w.partial = bytes.Clone(data[whole:])
	if whole > 0 {
		w.event(Output, string(data[:whole]))
	}
}

// unfinished returns how many bytes at the end are the beginning of a character.
func unfinished(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if last := data[len(data)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// Resize records that the window has another size.
func (w *Writer) Resize(width, height int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.event(Resize, fmt.Sprintf("%dx%d", width, height))
}

// Err returns the first error of writing, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *Writer) event(code, data string) {
	seconds := math.Round(time.Since(w.began).Seconds()*1e6) / 1e6
	w.line([]any{seconds, code, data})
}

// line writes a line in one call. After an error it does nothing.
func (w *Writer) line(value any) {
	if w.err != nil {
		return
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if w.err = encoder.Encode(value); w.err == nil {
		_, w.err = w.out.Write(b.Bytes())
	}
}

// Read reads a recording. Events with other codes are part of it. The last line may
// be cut off, as after a power failure.
func Read(r io.Reader) (h Header, events []Event, err error) {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // a line without an end is cut off
			if n == 1 {
				return h, nil, errors.New("it is empty")
			}
			return h, events, nil
		}
		if err != nil {
			return h, events, err
		}
		if n == 1 {
			if err := json.Unmarshal(line, &h); err != nil || h.Version != 2 || h.Width < 1 || h.Height < 1 {
				return h, nil, errors.New("line 1 is not the header of asciicast version 2")
			}
			continue
		}
		e, err := event(line)
		if err != nil {
			return h, events, fmt.Errorf("line %d: %w", n, err)
		}
		events = append(events, e)
	}
}

func event(line []byte) (e Event, err error) {
	var seconds float64
	fields := []any{&seconds, &e.Code, &e.Data}
	if err := json.Unmarshal(line, &fields); err != nil || len(fields) != 3 {
		return e, errors.New("it is not an event: [seconds, code, data]")
	}
	e.At = time.Duration(seconds * float64(time.Second))
	return e, nil
}
