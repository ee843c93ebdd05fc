package wire

import (
	"encoding/json"
	"errors"
	"time"
)

// encoded is an exchange in JSON.
type encoded struct {
	From      Party     `json:"from"`
	To        Party     `json:"to"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Status    int       `json:"status"`
	RequestID string    `json:"request_id,omitempty"`
	Started   time.Time `json:"started"`
	MS        int64     `json:"ms"`
	Request   Message   `json:"request,omitzero"`
	Response  Message   `json:"response,omitzero"`
	Error     string    `json:"error,omitempty"`
	Inferred  bool      `json:"inferred,omitempty"`
}

// MarshalJSON writes Took in milliseconds and Err as its text.
func (e Exchange) MarshalJSON() ([]byte, error) {
	x := encoded{e.From, e.To, e.Service, e.Operation, e.Status, e.RequestID, e.Started, e.Took.Milliseconds(), e.Request, e.Response, "", e.Inferred}
	if e.Err != nil {
		x.Error = e.Err.Error()
	}
	return json.Marshal(x)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Exchange) UnmarshalJSON(raw []byte) error {
	var x encoded
	if err := json.Unmarshal(raw, &x); err != nil {
		return err
	}
	*e = Exchange{From: x.From, To: x.To, Service: x.Service, Operation: x.Operation, Status: x.Status, RequestID: x.RequestID, Started: x.Started,
		Took: time.Duration(x.MS) * time.Millisecond, Request: x.Request, Response: x.Response, Inferred: x.Inferred}
	if x.Error != "" {
		e.Err = errors.New(x.Error)
	}
	return nil
}
