package screen

import "time"

// repeatGap is the longest time between two repeats of a key that is held.
const repeatGap = 150 * time.Millisecond

const tooSoon = "That key came before the question did. Press it again if you meant it."

// guard tells keys that were meant for what was on the screen before.
type guard struct {
	grace   time.Duration // that a person needs to see what has come up
	fresh   time.Time     // when something came up that keys could answer
	pressed time.Time     // when the last key was pressed
	last    string        // and which it was
}

// renew says that something has come up.
func (g *guard) renew() { g.fresh = time.Now() }

// press notes a key. early: it came before a person could have seen what came up
// last. held: it repeats because it is held down.
func (g *guard) press(name string, repeat bool) (early, held bool) {
	early = time.Since(g.fresh) < g.grace
	held = repeat || name == g.last && time.Since(g.pressed) < repeatGap // faster than anybody presses it twice
	g.last, g.pressed = name, time.Now()
	return early, held
}
