//go:build unix && race

package e2e_test

// share is the part of the fault table that is run: one row in forty-eight with the race
// detector, which is five times as slow. CI runs all of it without.
const share = 48
