package picture

import (
	"io"
	"time"

	"agentcore-3lo/internal/asciicast"
)

// Replay plays a recording on a terminal of its size, without waiting, and calls
// each, if it is not nil, after every event. It returns the terminal as it is in
// the end.
func Replay(h asciicast.Header, events []asciicast.Event, each func(at time.Duration, t *Terminal)) (*Terminal, error) {
	t := NewTerminal(h.Width, h.Height)
	go func() { _, _ = io.Copy(io.Discard, t.Answers()) }()
	for _, e := range events {
		switch e.Code {
		case asciicast.Output:
			_, _ = t.Write([]byte(e.Data)) // an emulator takes everything
		case asciicast.Resize:
			width, height, err := e.Size()
			if err != nil {
				return nil, err
			}
			t.Resize(width, height)
		}
		if each != nil {
			each(e.At, t)
		}
	}
	return t, nil
}
