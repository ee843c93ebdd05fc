// Package userfile reads files that the user names on the command line.
package userfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Read returns the content of a regular file or a pipe, such as the shell's
// <(command). It stops when ctx is done, because a pipe without a writer never
// ends. Folders, devices, sockets, and files larger than limit bytes are errors.
func Read(ctx context.Context, path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeNamedPipe == 0 {
		file, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0) // the file may have been replaced by a pipe
		if err != nil {
			return nil, unusable(path, info, err)
		}
		return readAll(file, limit)
	}
	type content struct {
		raw []byte
		err error
	}
	done := make(chan content, 1)
	go func() {
		file, err := os.Open(path) // blocks until a writer opens the pipe
		if err != nil {
			done <- content{err: err}
			return
		}
		raw, err := readAll(file, limit)
		done <- content{raw, err}
	}()
	select {
	case c := <-done:
		return c.raw, c.err
	case <-ctx.Done():
		return nil, fmt.Errorf("nothing was written to the pipe %s: %w", path, context.Cause(ctx))
	}
}

func readAll(file *os.File, limit int) ([]byte, error) {
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0 {
		return nil, unusable(file.Name(), info, nil)
	}
	raw, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err == nil && len(raw) > limit {
		err = fmt.Errorf("%s is too large: more than %d bytes", file.Name(), limit)
	}
	return raw, err
}

// unusable returns the error for a path that is not a file.
func unusable(path string, info fs.FileInfo, err error) error {
	kind := info.Mode().Type()
	switch {
	case kind&fs.ModeDir != 0:
		return fmt.Errorf("%s is a folder, not a file", path)
	case kind&fs.ModeSocket != 0:
		return fmt.Errorf("%s is a socket, not a file", path)
	case kind&fs.ModeDevice != 0:
		return fmt.Errorf("%s is a device, not a file", path)
	case err == nil:
		return errors.New(path + " is not a file")
	}
	return err
}
