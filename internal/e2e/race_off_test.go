//go:build unix && !race

package e2e_test

const share = 1 // all of the fault table
