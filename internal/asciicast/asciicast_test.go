package asciicast

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		w, err := NewWriter(&file, Header{Width: 80, Height: 24, Title: "a <title>", Env: map[string]string{"TERM": "xterm"}})
		if err != nil {
			t.Fatal(err)
		}
		w.Output([]byte("one\r\n\x1b[1m"))
		time.Sleep(1500 * time.Millisecond)
		w.Resize(100, 30)
		w.Output([]byte("tw\xe2\x94"))  // the beginning of ─
		w.Output([]byte("\x80 <&> \"")) // and its end
		w.Output([]byte("\xff"))        // is no character
		if w.Err() != nil {
			t.Error(w.Err())
		}
		h, events, err := Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Header{2, 80, 24, time.Now().Unix() - 1, "a <title>", map[string]string{"TERM": "xterm"}}); !reflect.DeepEqual(h, want) {
			t.Errorf("%+v, want %+v", h, want)
		}
		late := 1500 * time.Millisecond
		want := []Event{{0, Output, "one\r\n\x1b[1m"}, {late, Resize, "100x30"}, {late, Output, "tw"}, {late, Output, "─ <&> \""}, {late, Output, "\ufffd"}}
		if !reflect.DeepEqual(events, want) {
			t.Errorf("%q, want %q", events, want)
		}
	})
}

// lines counts writes, and what they ended with.
type lines []string

func (l *lines) Write(p []byte) (int, error) { *l = append(*l, string(p)); return len(p), nil }

func TestEachEventIsOneWholeWrite(t *testing.T) {
	var file lines
	w, err := NewWriter(&file, Header{Width: 80, Height: 24})
	if err != nil {
		t.Fatal(err)
	}
	w.Output([]byte("a\nb"))
	w.Resize(100, 30)
	if len(file) != 3 {
		t.Fatalf("%d writes: %q", len(file), file)
	}
	for _, line := range file {
		if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			t.Errorf("%q is not one line", line)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTheFirstErrorIsKept(t *testing.T) {
	if _, err := NewWriter(full{}, Header{}); err == nil {
		t.Error("no error")
	}
}

func TestWhatIsNoRecording(t *testing.T) {
	const header = `{"version":2,"width":80,"height":24}` + "\n"
	for text, says := range map[string]string{
		"":     "empty",
		"{}\n": "line 1 is not the header",
		`{"version":3,"width":80,"height":24}` + "\n": "line 1 is not the header",
		header + "[1]\n":                "line 2: it is not an event",
		header + `[1,"o","x",4]` + "\n": "line 2: it is not an event",
		header + `["1","o","x"]` + "\n": "line 2: it is not an event",
	} {
		if _, _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, events, err := Read(strings.NewReader(header + `[0.5,"o","x"]` + "\n" + `[0.6,"o",`))
	if err != nil || len(events) != 1 || events[0].At != 500*time.Millisecond {
		t.Errorf("a line that is cut off: %v %v", events, err)
	}
	for _, size := range []string{"", "80", "80x", "0x24", "-1x24", "x"} {
		if _, _, err := (Event{Data: size}).Size(); err == nil {
			t.Errorf("%q is a size", size)
		}
	}
	if w, h, err := (Event{Data: "100x30"}).Size(); w != 100 || h != 30 || err != nil {
		t.Errorf("%d %d %v", w, h, err)
	}
}
