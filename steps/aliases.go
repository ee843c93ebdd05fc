package steps

import "agentcore-3lo/steps/engine"

type (
	ID          = engine.ID
	State       = engine.State
	Event       = engine.Event
	Effect      = engine.Effect
	Status      = engine.Status
	Mode        = engine.Mode
	Machine     = engine.Machine
	Runner      = engine.Runner
	Person      = engine.Person
	Question    = engine.Question
	Choice      = engine.Choice
	Answer      = engine.Answer
	Answerer    = engine.Answerer
	NeedsPerson = engine.NeedsPerson
	Failure     = engine.Failure
	Why         = engine.Why
)

const (
	Waiting = engine.Waiting
	Ready   = engine.Ready
	Running = engine.Running
	Asking  = engine.Asking
	Done    = engine.Done
	Failed  = engine.Failed
	Stale   = engine.Stale

	Confirm = engine.Confirm
	Text    = engine.Text
	Pause   = engine.Pause
	Menu    = engine.Menu
)
