package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
)

// member is a file of an archive. Its mode is set here: a checkout on Windows,
// or a strict umask, has others.
type member struct {
	path, name string
	mode       fs.FileMode
}

// packTar writes a compressed tar archive with everything in one folder.
func packTar(w io.Writer, folder string, files []member) error {
	compressed := gzip.NewWriter(w)
	out := tar.NewWriter(compressed)
	for _, m := range files {
		content, err := os.ReadFile(m.path)
		if err != nil {
			return err
		}
		head := &tar.Header{Name: folder + "/" + m.name, Mode: int64(m.mode), Size: int64(len(content)), Format: tar.FormatPAX}
		if err := out.WriteHeader(head); err != nil {
			return err
		}
		if _, err := out.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(out.Close(), compressed.Close())
}

// packZip writes a zip archive with everything in one folder.
func packZip(w io.Writer, folder string, files []member) error {
	out := zip.NewWriter(w)
	for _, m := range files {
		content, err := os.ReadFile(m.path)
		if err != nil {
			return err
		}
		head := &zip.FileHeader{Name: folder + "/" + m.name, Method: zip.Deflate}
		head.SetMode(m.mode)
		part, err := out.CreateHeader(head)
		if err != nil {
			return err
		}
		if _, err := part.Write(content); err != nil {
			return err
		}
	}
	return out.Close()
}
