package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/term"

	"agentcore-3lo/internal/asciicast"
	"agentcore-3lo/internal/text"
)

// Record records in a new file, until stop is called, what this process writes to
// the terminal, and every size of its window. Nothing that is typed is recorded,
// but as far as it is shown. It fails if the file exists. The error of stop says
// that the recording is not complete.
func (t *Terminal) Record(path string) (stop func() error, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists; choose another name, or delete it", path)
	}
	if err != nil {
		return nil, err
	}
	r := &recorder{size: func() (int, int, error) { return term.GetSize(int(os.Stdout.Fd())) }}
	if r.width, r.height, err = r.size(); err == nil {
		r.cast, err = asciicast.NewWriter(file, asciicast.Header{Width: r.width, Height: r.height, Title: "agentcore-3lo", Env: map[string]string{"TERM": os.Getenv("TERM")}})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	before := *t
	t.Screen, t.Out = recordedFile{os.Stdout, r}, recordedLines{t.Out, r}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		t.Err = text.Writer(recordedLines{output(os.Stderr), r})
	}
	return func() error {
		t.Screen, t.Out, t.Err = nil, before.Out, before.Err
		return errors.Join(r.cast.Err(), file.Close())
	}, nil
}

// recorder records what was written, and before it the size of the window, if that
// is another one by now.
type recorder struct {
	cast *asciicast.Writer
	size func() (width, height int, err error)

	mu            sync.Mutex
	width, height int
}

func (r *recorder) record(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if width, height, err := r.size(); err == nil && (width != r.width || height != r.height) {
		r.width, r.height = width, height
		r.cast.Resize(width, height)
	}
	r.cast.Output(p)
}

// recordedFile is the terminal of a full screen. It has the methods that the screen
// needs of a file, and no other way to write.
type recordedFile struct {
	file *os.File
	*recorder
}

func (f recordedFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	f.record(p[:n])
	return n, err
}

func (f recordedFile) Read(p []byte) (int, error) { return f.file.Read(p) }
func (f recordedFile) Fd() uintptr                { return f.file.Fd() }

// Close does nothing: the file is the process's own.
func (recordedFile) Close() error { return nil }

// recordedLines is a stream of lines. The terminal begins each line on the left,
// which a recording has to say.
type recordedLines struct {
	io.Writer
	*recorder
}

func (l recordedLines) Write(p []byte) (int, error) {
	n, err := l.Writer.Write(p)
	l.record(bytes.ReplaceAll(p[:min(n, len(p))], []byte("\n"), []byte("\r\n")))
	return n, err
}
