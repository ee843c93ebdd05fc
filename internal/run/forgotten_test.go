package run_test

import (
	"errors"
	"sync"
	"testing"

	"agentcore-3lo/internal/run"
)

// A run may be forgotten by another process between the listing of the folder
// and the reading of its record.
func TestARunThatIsForgottenMeanwhileIsNotDamaged(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	var all sync.WaitGroup
	done := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, broken := s.List(); len(broken) > 0 {
				t.Errorf("List: %v", broken)
				return
			}
			if _, err := s.Load("demo"); err != nil && !errors.Is(err, run.ErrNotFound) {
				t.Errorf("Load: %v", err)
				return
			}
		}
	})
	for range 200 {
		if err := errors.Join(s.Save(sample("demo")), s.Remove("demo")); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	all.Wait()
}
