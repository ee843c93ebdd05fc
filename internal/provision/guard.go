package provision

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic that was caught, so that the record and the terminal stay
// usable.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return "a fault in this program; the log has the details" }

// Guarded turns a panic into a *PanicError. Every goroutine needs it.
func Guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: fmt.Sprint(p), Stack: string(debug.Stack())}
		}
	}()
	return work()
}
