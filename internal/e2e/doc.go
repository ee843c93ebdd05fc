// Package e2e holds the tests that treat the program as a whole: crashes, lost
// connections, hostile responses and leaks. Whatever happens, what was created
// must be on record, exist once, and belong to its owner. There is no code here
// for the program to use. docs/security.md says which promise each test holds.
package e2e
