// Package e2e holds the tests that treat the program as a whole: crashes, lost
// connections, hostile responses and leaks. In every case, what was created must be
// recorded, exist once and belong to its owner. docs/security.md says which rule
// each test checks.
package e2e
