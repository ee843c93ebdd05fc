package ui

// aroundStops has nothing to do: Windows stops no process from its console.
func aroundStops(_, _ func()) (end func()) { return func() {} }
