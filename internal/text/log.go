package text

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// Handler returns a handler that redacts message and attributes, in groups
// too, before h sees them. Attributes of Logger.With are redacted at that moment,
// so add a secret before you log it.
func (r *Redactor) Handler(h slog.Handler) slog.Handler {
	return handler{next: h, redactor: r}
}

type handler struct {
	next     slog.Handler
	redactor *Redactor
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, h.redactor.Redact(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{next: h.next.WithAttrs(h.attrs(attrs)), redactor: h.redactor}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{next: h.next.WithGroup(h.redactor.Redact(name)), redactor: h.redactor}
}

func (h handler) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return clean
}

func (h handler) attr(a slog.Attr) slog.Attr {
	key, value := h.redactor.Redact(a.Key), a.Value.Resolve()
	if strings.EqualFold(key, "authorization") {
		return slog.String(key, Redacted)
	}
	switch value.Kind() {
	case slog.KindString:
		return slog.String(key, h.redactor.Redact(value.String()))
	case slog.KindGroup:
		return slog.Attr{Key: key, Value: slog.GroupValue(h.attrs(value.Group())...)}
	case slog.KindAny:
		return slog.String(key, h.redactor.Redact(words(value.Any())))
	default: // numbers, times and booleans contain no secret
		return slog.Attr{Key: key, Value: value}
	}
}

// words is the text of any value: only text can be searched for secrets.
func words(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprintf("%+v", v)
}
