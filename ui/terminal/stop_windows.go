package terminal

// aroundStops has nothing to do: Windows stops no process from its console.
func aroundStops(_, _ func()) (end func()) { return func() {} }

const CanStop = false

func pause(bool) {}

func forwardStops(*Input, func()) (end func()) { return func() {} }
