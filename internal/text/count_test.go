package text

import "testing"

func TestOneOfAThingIsSingular(t *testing.T) {
	for n, want := range map[int]string{0: "0 resources", 1: "1 resource", 2: "2 resources", 11: "11 resources"} {
		if got := Count(n, "resource"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
