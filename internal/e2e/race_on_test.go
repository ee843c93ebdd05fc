//go:build unix && race

package e2e_test

// share is the part of the fault table that is tried: with the race detector,
// which makes it five times as slow, one row in twelve. CI tries all of it without.
const share = 12
