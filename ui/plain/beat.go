package plain

import (
	"fmt"
	"time"

	"agentcore-3lo/steps/engine"
)

// heartbeat is how often a long wait gives a sign of life.
const heartbeat = 15 * time.Second

// beats writes a line now and then while a step runs, until the end.
func (p *FrontEnd) beats() {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.beat(time.Now())
		case <-p.stop:
			return
		}
	}
}

func (p *FrontEnd) beat(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return
	}
	for id, began := range p.since {
		what := p.waiting[id]
		if what == "" {
			what = string(id)
		}
		p.write(fmt.Sprintf("Still waiting: %s, %s\n", what, spoken(now.Sub(began))))
	}
}

// track notes which steps run, for the heartbeat.
func (p *FrontEnd) track(s engine.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, s.ID)
	if s.State == engine.Running {
		p.since[s.ID] = s.Began
	} else {
		delete(p.since, s.ID)
	}
}
