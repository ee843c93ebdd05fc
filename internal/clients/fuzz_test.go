package clients_test

import (
	"testing"

	"agentcore-3lo/internal/clients"
)

// FuzzEdit edits any document: what has been written can be read and undone.
func FuzzEdit(f *testing.F) {
	for _, d := range documents {
		f.Add(d.before, d.client == "codex")
	}
	f.Fuzz(func(t *testing.T, document string, toml bool) {
		c := client(t, map[bool]string{true: "codex", false: "cursor"}[toml])
		with, err := c.Put([]byte(document), bridge)
		if err != nil {
			return
		}
		if found, err := c.Has(with, bridge.Name); !found || err != nil {
			t.Errorf("found %v, %v in\n%s", found, err, with)
		}
		without, err := c.Drop(with, bridge.Name)
		if err != nil {
			t.Fatalf("%v: %q", err, with)
		}
		if found, err := c.Has(without, bridge.Name); found || err != nil {
			t.Errorf("found %v, %v in\n%s", found, err, without)
		}
		_ = clients.Diff([]byte(document), with)
	})
}
