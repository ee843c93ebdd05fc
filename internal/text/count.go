package text

import "strconv"

// Count is a number of things in words: "1 resource", "2 resources".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
