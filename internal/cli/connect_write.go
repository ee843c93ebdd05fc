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

// writeEntry adds the entry of a run to a client's file.
func (a *program) writeEntry(ctx context.Context, c clients.Client, here clients.Machine, name string, s clients.Server) error {
	return a.changeFile(ctx, c, here, name, "Write this to the file?", c.Then, func(raw []byte) ([]byte, error) { return c.Put(raw, s) })
}

// removeEntry removes the entry of a run from a client's file.
func (a *program) removeEntry(ctx context.Context, c clients.Client, here clients.Machine, name string) error {
	return a.changeFile(ctx, c, here, name, "Remove this from the file?", "", func(raw []byte) ([]byte, error) { return c.Drop(raw, clients.EntryName(name)) })
}

// changeFile shows the change of a client's file, asks, and makes it. then says what
// the person does next.
func (a *program) changeFile(ctx context.Context, c clients.Client, here clients.Machine, name, question, then string, change func([]byte) ([]byte, error)) error {
	path := c.File(here)
	byHand := func(err error) error {
		return advice.Problem{Doing: "editing " + path, Err: err, Exit: steps.ExitFailed,
			Next: "The file is as it was. Correct it and repeat the command, or edit it yourself. What belongs there: " +
				commandline.Line(shell.Program(), "connect", "--client", c.ID, "--run", name)}
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
	r := clientReport{Client: c.ID, Entry: clients.EntryName(name), File: f.Target}
	difference := clients.Diff(f.Content, content)
	if difference == "" {
		return a.changed(name, then, r)
	}
	switch agreed, err := a.agreesTo(ctx, f, difference, question); {
	case err != nil:
		return err
	case !agreed:
		fmt.Fprintln(a.Terminal.Out, "The file is as it was.")
		return nil
	}
	if err := f.Replace(ctx, content); err != nil {
		return advice.Fail("writing "+path, err)
	}
	r.Changed = true
	if f.Content != nil {
		r.Backup = f.Backup()
	}
	return a.changed(name, then, r)
}

// agreesTo shows what would change, and asks for the yes.
func (a *program) agreesTo(ctx context.Context, f clients.File, difference, prompt string) (bool, error) {
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
func (a *program) changed(name, then string, r clientReport) error {
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "connect", name, r)
	}
	out := a.Terminal.Out
	if !r.Changed {
		fmt.Fprintf(out, "There is nothing to change in %s.\n", r.File)
		return nil
	}
	fmt.Fprintf(out, "Written: %s\n", r.File)
	if r.Backup != "" {
		fmt.Fprintf(out, "As it was before: %s\n", r.Backup)
	}
	if then != "" {
		fmt.Fprint(out, ui.Wrap(then, a.Terminal.Width, ""))
	}
	return nil
}

// offerRemoval offers to remove the entries of a run that has just been cleaned up.
func (a *program) offerRemoval(ctx context.Context, name string) {
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
			if err := a.removeEntry(ctx, c, here, name); err != nil {
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
