//go:build unix && race

package e2e_test

// The race detector makes a run five times as slow, so with it only a part of each
// sweep is run: CI runs all of them without.
const (
	faultShare   = 96 // one row of the fault table in so many
	faultWorkers = 4
	sweepShare   = 12 // one case of another sweep in so many
)
