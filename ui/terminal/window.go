package terminal

import (
	"context"
	"fmt"

	"github.com/inconshreveable/mousetrap"
)

// KeepWindow waits for Enter where a double click in Explorer opened the
// window, which closes with the program: what it says at the end can be read.
func KeepWindow(t *Terminal) {
	if !mousetrap.StartedByExplorer() {
		return
	}
	fmt.Fprint(t.Out, "\nPress Enter to close this window. ")
	_, _ = t.In.Line(context.Background()) // no question is open any more
}
