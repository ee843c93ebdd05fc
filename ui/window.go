package ui

import (
	"bufio"
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
	_, _ = bufio.NewReader(t.In).ReadString('\n')
}
