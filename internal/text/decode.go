package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The encodings that Decode does not read.
var (
	ErrUTF32   = errors.New("the text is encoded as UTF-32")
	ErrUnknown = errors.New("the text is encoded neither as UTF-8 nor as UTF-16")
)

// Decode returns the text of a file as UTF-8 without a byte order mark. It
// reads UTF-8, and UTF-16 as Windows PowerShell 5.1 writes it with ">" and
// Out-File. Without a byte order mark, UTF-16 is recognized only if its text is
// ASCII. Any other encoding is ErrUTF32 or ErrUnknown.
func Decode(raw []byte) (string, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(raw, []byte{0, 0, 0xfe, 0xff}):
		return "", ErrUTF32
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		raw, order = raw[2:], binary.LittleEndian
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		raw, order = raw[2:], binary.BigEndian
	case zeros(raw, 1):
		order = binary.LittleEndian
	case zeros(raw, 0):
		order = binary.BigEndian
	case bytes.Contains(raw, []byte{0, 0, 0}):
		return "", ErrUTF32
	default:
		if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
			return "", ErrUnknown
		}
		return strings.TrimPrefix(string(raw), "\ufeff"), nil
	}
	if len(raw)%2 != 0 {
		return "", ErrUnknown
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	decoded := string(utf16.Decode(units))
	if strings.ContainsAny(decoded, "\x00\ufffd") {
		return "", ErrUnknown
	}
	return decoded, nil
}

// zeros reports whether exactly this byte of each pair is zero, as in UTF-16 with
// only ASCII characters.
func zeros(raw []byte, which int) bool {
	for i, b := range raw {
		if (b == 0) != (i%2 == which) {
			return false
		}
	}
	return len(raw) > 1 && len(raw)%2 == 0
}
