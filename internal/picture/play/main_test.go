//go:build unix

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/asciicast"
)

func TestAScript(t *testing.T) {
	args, scenes, err := parse("# a comment\n\nwalk --sandbox\nOverview | 3s | enter\nCreate these? | 1m | y right | plan: The plan\nThe end|1s\n")
	want := []scene{{"Overview", 3 * time.Second, []string{"enter"}, ""}, {"Create these?", time.Minute, []string{"y", "right"}, "plan: The plan"}, {"The end", time.Second, []string{}, ""}}
	if err != nil || !reflect.DeepEqual(args, []string{"walk", "--sandbox"}) || !reflect.DeepEqual(scenes, want) {
		t.Errorf("%q %+v %v", args, scenes, err)
	}
	for script, says := range map[string]string{"walk\nOverview": "line 2: write WORDS", "walk\nOverview | soon": "line 2: time: invalid", "walk\na|1s|b|c|d": "line 2: write"} {
		if _, _, err := parse(script); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", script, err)
		}
	}
}

func TestStillsBecomeMarkers(t *testing.T) {
	raw, recording := filepath.Join(t.TempDir(), "raw.cast"), filepath.Join(t.TempDir(), "walk.cast")
	if err := os.WriteFile(raw, []byte(`{"version":2,"width":80,"height":24}`+"\n"+`[1,"o","one"]`+"\n"+`[2,"o","two"]`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mark(raw, recording, map[int]string{2: "plan: The plan"}); err != nil { // two lines were written
		t.Fatal(err)
	}
	file, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, events, err := asciicast.Read(file)
	want := []asciicast.Event{{At: time.Second, Code: "o", Data: "one"}, {At: time.Second, Code: "m", Data: "plan: The plan"}, {At: 2 * time.Second, Code: "o", Data: "two"}}
	if err != nil || !reflect.DeepEqual(events, want) {
		t.Errorf("%v %v", events, err)
	}
}
