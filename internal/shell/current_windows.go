package shell

import (
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

const onWindows = true

// Current is the family of the shell that started this program: the nearest
// ancestor that is a shell, since `go run` and wrappers stand between.
var Current = sync.OnceValue(func() Shell { return among(ancestors(), os.Getenv) })

// ancestors names the programs above this one, the nearest first.
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
