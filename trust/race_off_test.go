//go:build unix && !race

package trust_test

const share = 1 // all of the fault table
