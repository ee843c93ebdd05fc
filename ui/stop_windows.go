package ui

import tea "charm.land/bubbletea/v2"

// aroundStops has nothing to do: Windows stops no process from its console.
func aroundStops(_, _ func()) (end func()) { return func() {} }

const canStop = false

func pause(bool) {}

func forwardStops(*Input, func(tea.Msg)) (end func()) { return func() {} }
