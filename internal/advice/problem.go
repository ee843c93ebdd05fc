package advice

import (
	"context"
	"errors"
)

// Problem is an error with what was being done, and perhaps what to do next. Empty
// fields come from the table of causes.
type Problem struct {
	Doing string // such as "creating the gateway"
	Err   error
	Next  string // what to do next; "" = the table's advice
	Exit  int    // exit code of a command that ends with it; 0 = the table's
	Fix   string // the step at which it can be fixed; "" = the table's
}

func (p Problem) Error() string { return p.Doing + ": " + p.Err.Error() }
func (p Problem) Unwrap() error { return p.Err }

// Declined says that the user answered no, which is not a failure.
type Declined string

func (e Declined) Error() string { return string(e) }

// Fail returns err as a Problem that says what was being done. It returns err itself
// if it is nil, already a Problem, asks for a person, or is an interruption.
func Fail(doing string, err error) error {
	var p Problem
	var own OwnWords
	if err == nil || errors.As(err, &p) || errors.As(err, &own) || errors.Is(err, context.Canceled) {
		return err
	}
	return Problem{Doing: doing, Err: err}
}

// OwnWords is an error that is shown as it is, whatever was being done.
type OwnWords interface {
	error
	OwnWords()
}
