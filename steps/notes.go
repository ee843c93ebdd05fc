package steps

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/internal/userfile"
	"agentcore-3lo/steps/engine"
)

//go:embed notes/*.md
var noteFiles embed.FS

// maxNote is the size in bytes above which a file of notes is refused.
const maxNote = 64 << 10

// Notes returns the speaker notes for every step, cleanup included. A file STEP.md in
// dir takes the place of the notes that come with the program; dir may be "".
func Notes(ctx context.Context, dir string) (map[engine.ID]lesson.Lesson, error) {
	all := map[engine.ID]lesson.Lesson{}
	if dir != "" {
		if info, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("read the notes: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("read the notes: %s is not a folder", dir)
		}
	}
	for _, s := range append(Tutorial(), CleanupStep()) {
		name := string(s.ID) + ".md"
		source, err := noteFiles.ReadFile("notes/" + name)
		if dir != "" {
			own, ownErr := userfile.Read(ctx, filepath.Join(dir, name), maxNote)
			if !errors.Is(ownErr, fs.ErrNotExist) {
				source, err = own, ownErr
			}
		}
		if err == nil {
			all[s.ID], err = lesson.Parse(source)
		}
		if err != nil {
			return nil, fmt.Errorf("read the notes in %s: %w", name, err)
		}
	}
	return all, nil
}
