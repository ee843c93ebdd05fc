package shell

import (
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

const onWindows = true

// Current returns the family of the shell that started this program: the nearest
// ancestor that is a shell, because `go run` and wrappers may be in between.
var Current = sync.OnceValue(func() Shell { return nearest(ancestors(), os.Getenv) })

// ancestors returns the names of this process's ancestors, nearest first.
func ancestors() []string {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(snapshot)
	type process struct {
		parent uint32
		name   string
	}
	all := map[uint32]process{}
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err := windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		all[entry.ProcessID] = process{entry.ParentProcessID, windows.UTF16ToString(entry.ExeFile[:])}
	}
	var names []string
	for id := uint32(os.Getppid()); id != 0 && len(names) < 16; id = all[id].parent {
		names = append(names, all[id].name)
	}
	return names
}
