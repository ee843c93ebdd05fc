package terminal

import (
	"io"
	"os"

	"golang.org/x/term"

	"agentcore-3lo/internal/text"
)

// utf8CodePage is Windows' number for UTF-8.
const utf8CodePage = 65001

// output is a stream of this process, in characters that its reader understands.
// Windows PowerShell 5.1 reads what is piped to it in the console's code page.
func output(file *os.File) io.Writer {
	if legacy(term.IsTerminal(int(file.Fd())), codePage()) {
		return text.ASCIIWriter(file)
	}
	return file
}

// legacy says that a reader would take UTF-8 for something else. codePage is the
// console's, 0 = unknown. A console itself takes UTF-8: Go writes UTF-16 to it.
func legacy(terminal bool, codePage uint32) bool {
	return !terminal && codePage != 0 && codePage != utf8CodePage
}
