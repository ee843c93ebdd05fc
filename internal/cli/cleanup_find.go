package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/ui"
)

// search is what the tags and the records show.
type search struct {
	mine       []provision.TaggedRun
	elsewhere  []provision.TaggedRun
	unverified []provision.Left
	err        error
	unusable   []error // records that cannot be used
}

// search looks for runs by tags and by record, and lists them.
func (s *opened) search(ctx context.Context, front lineWriter) (search, error) {
	scope, err := s.walk.Scope(s.tellingWaits(ctx), teller{front})
	if err != nil {
		return search{}, err
	}
	tagged, err := provision.FindTagged(s.tellingWaits(ctx), scope)
	if err != nil {
		return search{}, err
	}
	found := search{unverified: tagged.Unverified, err: tagged.Err}
	var others []provision.TaggedRun
	for _, run := range tagged.Runs {
		switch {
		case s.program.Run != "" && s.program.Run != run.Run:
		case s.isOwn(run):
			if !hasRun(found.mine, run.Run) {
				found.mine = append(found.mine, provision.TaggedRun{Run: run.Run})
			}
		case run.Relation == ownership.Elsewhere:
			found.elsewhere = append(found.elsewhere, run)
		default:
			others = append(others, run)
		}
	}
	if s.program.Run != "" {
		found.mine = nil // it is cleaned up without --elsewhere
	} else {
		_, found.unusable = s.store.List()
		for _, r := range recordsWithin(s.store, s.searched(), s.program.Run, s.program.Terminal.Err) {
			// The tags say whose a run is, not the record.
			if !hasRun(slices.Concat(found.mine, found.elsewhere, others), r.Run) {
				found.mine = append(found.mine, provision.TaggedRun{Run: r.Run})
			}
		}
	}
	slices.SortFunc(found.mine, func(a, b provision.TaggedRun) int { return strings.Compare(a.Run, b.Run) })
	s.listRuns(teller{front}, found, others)
	return found, nil
}

// isOwn says whether the run was created by this owner. An earlier version did
// not tag the computer, and put its tag into the record.
func (s *opened) isOwn(run provision.TaggedRun) bool {
	if run.Relation != ownership.Elsewhere || len(run.Callers) == 0 {
		return run.Relation == ownership.Mine
	}
	r, err := s.store.Load(run.Run)
	return err == nil && !slices.ContainsFunc(run.Callers, func(c string) bool { return !slices.Contains(r.Callers, c) })
}

// searched is the environment that is searched.
func (s *opened) searched() run.Environment {
	here, w := s.walk.Run.Record().Environment, s.walk.Environment()
	here.Account, here.Region = w.Account, w.Region
	return here
}

// recordsWithin are the runs on record in an environment that are not cleaned up, the
// named one alone where there is a name. What cannot be read is told to w.
func recordsWithin(store run.Store, here run.Environment, name string, w io.Writer) []*run.Record {
	here.Endpoints = nil
	recorded, _ := run.Select(usableRecords(store, w), func(r *run.Record) bool {
		return r.Environment.Within(here) && (name == "" || name == r.Run)
	})
	return recorded
}

func hasRun(all []provision.TaggedRun, name string) bool {
	return slices.ContainsFunc(all, func(r provision.TaggedRun) bool { return r.Run == name })
}

func (s *opened) listRuns(task teller, found search, others []provision.TaggedRun) {
	list := func(heading string, runs []provision.TaggedRun) {
		if len(runs) > 0 {
			task.Tell(event.Note{Text: heading + "\n- " + strings.Join(described(runs, time.Now()), "\n- ")})
		}
	}
	list("Left alone, created by other callers:", others)
	list("Created by you from elsewhere (another computer, or a state folder that is lost):", found.elsewhere)
	if len(found.elsewhere) > 0 && s.program.Yes && !s.program.Elsewhere {
		task.Tell(event.Note{Text: "They are kept. To delete them as well: " + s.walk.Commands.Line("cleanup", "--all", "--elsewhere")})
	}
	list("Runs to clean up:", found.mine)
	switch {
	case len(found.mine) > 0 || s.program.Run != "":
	case len(found.elsewhere) > 0:
		task.Tell(event.Note{Text: "No run that you created from this computer is left in " + ui.Place(s.walk.Run.Record().Environment) + "."})
	default:
		task.Tell(event.Note{Text: "No run of yours is left in " + ui.Place(s.walk.Run.Record().Environment) + "."})
	}
	if len(found.elsewhere) == 0 && s.program.Run != "" {
		task.Tell(event.Note{Text: "No run " + s.program.Run + " that you created from elsewhere is left in " + ui.Place(s.walk.Run.Record().Environment) + "."})
	}
}

// described is each run with its age, its resources and its origin, as far as
// the tags show them.
func described(runs []provision.TaggedRun, now time.Time) []string {
	var all []string
	for _, r := range runs {
		line := r.Run
		if len(r.Resources) > 0 {
			var kinds []string
			for _, x := range r.Resources {
				kinds = append(kinds, strings.ReplaceAll(x.Kind, "_", " "))
			}
			line += fmt.Sprintf(": created %s by %s; %s", age(now.Sub(r.Created)), r.Owner.Origin(), strings.Join(kinds, ", "))
		}
		all = append(all, line)
	}
	return all
}

// age is a duration in the largest unit of which there are two.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}
