package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestArchivesKeepTheExecuteBit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("program"), 0o600); err != nil { // whatever the file's own mode is
		t.Fatal(err)
	}
	files := []member{{path, "agentcore-3lo", 0o755}, {path, "README.md", 0o644}}

	var packed bytes.Buffer
	if err := packTar(&packed, "folder", files); err != nil {
		t.Fatal(err)
	}
	compressed, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(compressed)
	for _, m := range files {
		head, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if head.Name != "folder/"+m.name || head.FileInfo().Mode() != m.mode || string(content) != "program" || err != nil {
			t.Errorf("%s %v %q %v", head.Name, head.FileInfo().Mode(), content, err)
		}
	}

	packed.Reset()
	if err := packZip(&packed, "folder", files); err != nil {
		t.Fatal(err)
	}
	zipped, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range files {
		if f := zipped.File[i]; f.Name != "folder/"+m.name || f.Mode() != m.mode {
			t.Errorf("%s %v", f.Name, f.Mode())
		}
	}
}
