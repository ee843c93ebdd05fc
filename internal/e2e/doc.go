// Package trust holds the tests that treat the program as a whole: it is
// killed, cut off, lied to and spied upon, and what was made must still be
// known, made once, and nobody's but its owner's. There is no code here for the
// program to use. docs/security.md says which promise each test holds.
package e2e
