package terminal

import "os"

// Keys is what a full screen reads: the console itself, which hands over each
// key as a whole.
func (in *Input) Keys() *os.File { return in.file }
