package provision

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a fault of this program that was caught, so that the record and
// the terminal survive it.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return "a fault in this program; the log has the details" }

// Guarded makes a panic a *PanicError. What runs on a goroutine of its own needs
// it too.
func Guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: fmt.Sprint(p), Stack: string(debug.Stack())}
		}
	}()
	return work()
}
