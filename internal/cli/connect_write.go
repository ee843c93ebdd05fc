package cli

import (
	"context"
	"fmt"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

// write adds the entry of a run to the client's file.
func (s clientSetup) write(ctx context.Context, name string, server clients.Server) error {
	return s.changeFile(ctx, name, "Write this to the file?", s.client.Then, func(raw []byte) ([]byte, error) { return s.client.Put(raw, server) })
}

// remove removes the entry of a run from the client's file.
func (s clientSetup) remove(ctx context.Context, name string) error {
	return s.changeFile(ctx, name, "Remove this from the file?", "", func(raw []byte) ([]byte, error) { return s.client.Drop(raw, clients.EntryName(name)) })
}

// changeFile shows the change of a client's file, asks, and makes it. then says what
// the person does next.
func (s clientSetup) changeFile(ctx context.Context, name, question, then string, change func([]byte) ([]byte, error)) error {
	path := s.client.File(s.here)
	byHand := func(err error) error {
		return advice.Problem{Doing: "editing " + path, Err: err, Exit: steps.ExitFailed,
			Next: "The file is as it was. Correct it and repeat the command, or edit it yourself. What belongs there: " +
				commandline.Line(shell.Program(), "connect", "--client", s.client.ID, "--run", name)}
	}
	f, err := clients.ReadFile(ctx, path)
	if err != nil {
		return advice.Fail("reading "+path, err)
	}
	if err := f.Writable(); err != nil {
		return advice.Fail("editing "+path, err)
	}
	content, err := change(f.Content)
	if err != nil {
		return byHand(err)
	}
	r := clientReport{Client: s.client.ID, Entry: clients.EntryName(name), File: f.Target}
	difference := clients.Diff(f.Content, content)
	if difference == "" {
		return s.changed(name, then, r)
	}
	switch agreed, err := agreesTo(ctx, s.program, f, difference, question); {
	case err != nil:
		return err
	case !agreed:
		fmt.Fprintln(s.program.Terminal.Out, "The file is as it was.")
		return nil
	}
	if err := f.Replace(ctx, content); err != nil {
		return advice.Fail("writing "+path, err)
	}
	r.Changed = true
	if f.Content != nil {
		r.Backup = f.Backup()
	}
	return s.changed(name, then, r)
}

// agreesTo shows what would change, and asks for the yes.
func agreesTo(ctx context.Context, a *program, f clients.File, difference, prompt string) (bool, error) {
	q := engine.Question{Name: "write", Kind: engine.Confirm, Prompt: prompt, Answers: "--yes", Yes: true}
	if !a.JSON {
		where := f.Path
		if f.Target != f.Path {
			where += ", a link to " + f.Target
		}
		redactor := &text.Redactor{}
		fmt.Fprintf(a.Terminal.Out, "The change of %s, %s", where, text.Clean(redactor.Redact(difference)))
	}
	if a.Yes {
		return true, nil
	}
	if !a.canAsk() {
		return false, engine.NeedsPerson{Questions: []engine.Question{q}}
	}
	answer, err := plainLines{a.Terminal}.Ask(ctx, q)
	return answer == engine.Yes, err
}

// changed says what has been done.
func (s clientSetup) changed(name, then string, r clientReport) error {
	out := s.program.Terminal.Out
	if s.program.JSON {
		return ndjson.Value(out, "connect", name, r)
	}
	if !r.Changed {
		fmt.Fprintf(out, "There is nothing to change in %s.\n", r.File)
		return nil
	}
	fmt.Fprintf(out, "Written: %s\n", r.File)
	if r.Backup != "" {
		fmt.Fprintf(out, "As it was before: %s\n", r.Backup)
	}
	if then != "" {
		fmt.Fprint(out, ui.Wrap(then, s.program.Terminal.Width, ""))
	}
	return nil
}

// offerRemoval offers to remove the entries of a run that has just been cleaned up.
func offerRemoval(ctx context.Context, a *program, name string) {
	here, err := clients.ThisMachine(a.Env)
	if err != nil || a.JSON {
		return
	}
	server := clients.Server{Name: clients.EntryName(name)}
	for _, c := range clients.All() {
		path := c.File(here)
		if path == "" {
			continue
		}
		f, err := clients.ReadFile(ctx, path)
		if err != nil || f.Content == nil {
			continue
		}
		if found, err := c.Has(f.Content, server.Name); err != nil || !found {
			continue
		}
		fmt.Fprintf(a.Terminal.Out, "\n%s still has an entry for the bridge of run %s.\n", c.Title, name)
		switch remove := c.RemoveCommand(server); {
		case c.Writes && a.canAsk():
			if err := (clientSetup{a, c, here}).remove(ctx, name); err != nil {
				fmt.Fprintf(a.Terminal.Err, "agentcore-3lo: %v\n", err)
			}
		case c.Writes:
			fmt.Fprintf(a.Terminal.Out, "Remove it: %s\n", commandline.Line(shell.Program(), "connect", "--client", c.ID, "--remove", "--run", name))
		case remove != nil:
			fmt.Fprintf(a.Terminal.Out, "Remove it: %s\n", shell.Current().Join(remove...))
		default:
			fmt.Fprintf(a.Terminal.Out, "Remove %s from %s\n", server.Name, path)
		}
	}
}
