package provision

import "agentcore-3lo/internal/advice"

// MissingError says that something the run needs does not exist yet, or no longer
// exists. A walk creates it.
type MissingError struct{ Err error }

func (e *MissingError) Error() string { return e.Err.Error() }
func (e *MissingError) Unwrap() error { return e.Err }

// Remedy is what to do about it.
func (e *MissingError) Remedy(s advice.Situation) string {
	if advice.Gone(e.Err) {
		return "It was deleted after this run created it. Create what is missing: " + s.Run("walk")
	}
	return "Create what is missing: " + s.Run("walk")
}

// missing turns a "not found" error into a *MissingError.
func missing(err error) error {
	if advice.Gone(err) {
		return &MissingError{err}
	}
	return err
}
