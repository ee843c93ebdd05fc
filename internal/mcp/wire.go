package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
)

type request struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"` // none for a notification
	Method  string          `json:"method"`
	Params  any             `json:"params,omitempty"`
}

// message is a message of the server: a response, or (on a stream) a notification or
// a request, which have a method.
type message struct {
	ID, Method, Result json.RawMessage
	Error              *rpcError
}

// Notify gets a notification of a server, unchanged.
type Notify func(method string, params json.RawMessage)

type rpcError struct {
	Code    int
	Message string
	Data    json.RawMessage
}

func (e *rpcError) UnmarshalJSON(data []byte) error {
	return exact(data, map[string]any{"code": &e.Code, "message": &e.Message, "data": &e.Data})
}

// Problems with the form of an answer. Each completes the sentence "the gateway
// answered".
var (
	errNotRPC   = errors.New("something that is not JSON-RPC")
	errWrongID  = errors.New("a request that this client did not send")
	errTooLarge = errors.New("more than 8 MiB")
	errBroken   = errors.New("with an incomplete body")
)

// readAnswer finds the response to the request id in a JSON body or an event stream.
// It always returns the bytes that it read. notify may be nil.
func readAnswer(contentType string, body io.Reader, id string, notify Notify) (m *message, _ []byte, err error) {
	var raw bytes.Buffer
	body = io.TeeReader(body, &raw)
	if media, _, _ := mime.ParseMediaType(contentType); media == "text/event-stream" {
		m, err = readStream(body, id, notify)
	} else {
		m, err = readJSON(body, id)
	}
	if raw.Len() > maxBody {
		return nil, raw.Bytes()[:maxBody], errTooLarge
	}
	return m, raw.Bytes(), err
}

func readJSON(body io.Reader, id string) (*message, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return decode(data, id)
}

// readStream reads server-sent events up to the response to this request, and no
// further, because a server may keep the stream open. It passes notifications on,
// and skips responses to other requests.
func readStream(body io.Reader, id string, notify Notify) (*message, error) {
	failure := errNotRPC
	var found *message
	err := eachEvent(body, func(data []byte) (done bool) {
		m, err := decode(data, id)
		switch {
		case err == nil:
			found = m
		case errors.Is(err, errWrongID):
			failure = err
		case notify != nil:
			passOn(data, notify)
		}
		return found != nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	if found == nil {
		return nil, failure
	}
	return found, nil
}

// eachEvent gives the data of each server-sent event to the function until that says
// that it is done.
func eachEvent(body io.Reader, each func(data []byte) (done bool)) error {
	var data []byte
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxBody+1)
	lines.Split(splitLines)
	for first, more := true, true; more; first = false {
		more = lines.Scan()
		line := lines.Bytes()
		if first { // it may have a byte order mark
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if more && len(line) > 0 {
			if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
			}
			continue
		}
		// A blank line ends an event. Unlike in the standard, so does the end of
		// the stream, because some servers omit the blank line.
		if each(data) {
			return nil
		}
		data = nil
	}
	return lines.Err()
}

// passOn passes on a notification; anything else is skipped.
func passOn(data []byte, notify Notify) {
	var method string
	var id, params json.RawMessage
	if exact(data, map[string]any{"id": &id, "method": &method, "params": &params}) == nil && id == nil && method != "" {
		notify(method, params)
	}
}

// splitLines is bufio.ScanLines for the three line ends of server-sent events:
// LF, CR LF and CR.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 < len(data) || atEOF:
		return i + 1, data[:i], nil
	default: // a CR at the end of the data: an LF may follow
		return 0, nil, nil
	}
}

// decode reads the response to this request. A wrong id is accepted only for an
// error: the gateway's own 401 has id 0.
func decode(data []byte, id string) (*message, error) {
	var m message
	err := exact(data, map[string]any{"id": &m.ID, "method": &m.Method, "result": &m.Result, "error": &m.Error})
	if err != nil || m.Method != nil {
		return nil, errNotRPC
	}
	switch {
	case m.Error != nil:
		return &m, nil
	case m.Result == nil:
		return nil, errNotRPC
	case string(m.ID) != id:
		return nil, errWrongID
	default:
		return &m, nil
	}
}

// exact decodes the members of a JSON object with exactly these names. Names in
// JSON-RPC are case-sensitive, but encoding/json ignores case for struct fields.
func exact(data []byte, members map[string]any) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	for name, into := range members {
		raw, ok := object[name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
	}
	return nil
}
