package terminal

import "golang.org/x/sys/windows"

// codePage is the console's code page for output; 0 = there is no console.
func codePage() uint32 {
	page, err := windows.GetConsoleOutputCP()
	if err != nil {
		return 0
	}
	return page
}
