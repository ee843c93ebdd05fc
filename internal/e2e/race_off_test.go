//go:build unix && !race

package e2e_test

// All of the fault table and of the other sweeps.
const (
	faultShare   = 1
	faultWorkers = 16
	sweepShare   = 1
)
