package clients

import (
	"fmt"
	"strings"
)

// Diff returns the lines that differ, each behind "-" or "+", below the number of
// the first. Lines around them are left out, because they may contain secrets of
// other entries.
func Diff(before, after []byte) string {
	a, b := lines(before), lines(after)
	first := 0
	for first < min(len(a), len(b)) && a[first] == b[first] {
		first++
	}
	for len(a) > first && len(b) > first && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == first && len(b) == first {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "line %d\n", first+1)
	for _, line := range a[first:] {
		out.WriteString("- " + line + "\n")
	}
	for _, line := range b[first:] {
		out.WriteString("+ " + line + "\n")
	}
	return out.String()
}

func lines(raw []byte) []string {
	text := strings.TrimPrefix(string(raw), string(byteOrderMark))
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
