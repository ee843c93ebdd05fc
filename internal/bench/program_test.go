//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
)

// What is measured is built as what is released.
func TestTheProgramIsBuiltAsARelease(t *testing.T) {
	release, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	for _, packages := range notInlined {
		flags = append(flags, `"`+packages+`=-l"`)
	}
	if want := "gcflags: [" + strings.Join(flags, ", ") + "]"; !strings.Contains(string(release), want) {
		t.Errorf(".goreleaser.yaml has not %s", want)
	}
}
