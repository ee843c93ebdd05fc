package advice

import (
	"math/rand/v2"
	"testing"
)

// Parts are the entries of the table.
var Parts = parts

// Code is an error code of AWS and the cause that it tells.
type Code struct {
	Code, Source string
	Cause        Cause
}

// Codes lists the table of codes.
func Codes() []Code {
	var all []Code
	for _, row := range codes {
		for _, code := range row.codes {
			all = append(all, Code{code, row.source, row.cause})
		}
	}
	return all
}

// Phrases lists all phrases that are not a vendor's, Go's own left out.
func Phrases() []Phrase { return append(append([]Phrase{}, oauth...), awsProse...) }

// Shuffle changes the order of every list until the test ends.
func Shuffle(t *testing.T, random *rand.Rand) {
	for _, list := range []*[]Phrase{&oauth, &awsProse, &localProse} {
		before := *list
		t.Cleanup(func() { *list = before })
		*list = append([]Phrase{}, before...)
		random.Shuffle(len(*list), func(i, j int) { (*list)[i], (*list)[j] = (*list)[j], (*list)[i] })
	}
	before := codes
	t.Cleanup(func() { codes = before })
	codes = append(codes[:0:0], before...)
	random.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
}
