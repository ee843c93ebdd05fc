// Package pattern has regular expressions that are compiled when they are first used:
// most runs of the program need few of them, and compiling all takes a good part of its
// start. A test compiles them all.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression. Its methods are those of regexp.Regexp.
type Pattern struct {
	expression string
	once       sync.Once
	compiled   *regexp.Regexp
}

// New returns the pattern of an expression in the syntax of regexp. Using one that does
// not compile panics.
func New(expression string) *Pattern { return &Pattern{expression: expression} }

func (p *Pattern) regexp() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.expression) })
	return p.compiled
}

// String returns the expression.
func (p *Pattern) String() string { return p.expression }

// MatchString reports whether the text contains a match.
func (p *Pattern) MatchString(text string) bool { return p.regexp().MatchString(text) }

// FindString returns the first match; "" = none.
func (p *Pattern) FindString(text string) string { return p.regexp().FindString(text) }

// FindStringIndex returns where the first match is; nil = none.
func (p *Pattern) FindStringIndex(text string) []int { return p.regexp().FindStringIndex(text) }

// FindStringSubmatch returns the first match and its groups; nil = none.
func (p *Pattern) FindStringSubmatch(text string) []string {
	return p.regexp().FindStringSubmatch(text)
}

// FindStringSubmatchIndex returns where the first match and its groups are; nil = none.
func (p *Pattern) FindStringSubmatchIndex(text string) []int {
	return p.regexp().FindStringSubmatchIndex(text)
}

// FindAllStringIndex returns where the first n matches are; n < 0 = all.
func (p *Pattern) FindAllStringIndex(text string, n int) [][]int {
	return p.regexp().FindAllStringIndex(text, n)
}

// FindAllStringSubmatchIndex returns where the first n matches and their groups are;
// n < 0 = all.
func (p *Pattern) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return p.regexp().FindAllStringSubmatchIndex(text, n)
}

// ReplaceAllString replaces every match. The replacement may name groups.
func (p *Pattern) ReplaceAllString(text, with string) string {
	return p.regexp().ReplaceAllString(text, with)
}

// ReplaceAllStringFunc replaces every match by what a function returns for it.
func (p *Pattern) ReplaceAllStringFunc(text string, with func(string) string) string {
	return p.regexp().ReplaceAllStringFunc(text, with)
}
