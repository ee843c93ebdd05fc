package web

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Icon is a picture of lines in a square of 24 units, as the data of an SVG path. It
// is part of the page, in the color of the text beside it.
type Icon string

// The icons.
const (
	Eye       Icon = "M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12z M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
	ClosedEye Icon = "M3 3l18 18 M6.5 6.7C3.6 8.6 2 12 2 12s3.5 7 10 7c2 0 3.7-.6 5.1-1.5 M10 5.2C10.6 5.1 11.3 5 12 5c6.5 0 10 7 10 7s-.8 1.6-2.3 3.3 M9.9 9.9a3 3 0 0 0 4.2 4.2"
	Pencil    Icon = "M4 20l1-4L16 5l3 3L8 19l-4 1z M14 7l3 3"

	check       Icon = "M5 12.5l4.5 4.5L19 7.5"
	exclamation Icon = "M12 5v9 M12 18.5v.1"
	dash        Icon = "M6 12h12"
)

// node returns the icon for the eyes only: a text beside it says the same.
func (i Icon) node() g.Node {
	return h.SVG(g.Attr("viewBox", "0 0 24 24"), h.Aria("hidden", "true"), g.El("path", g.Attr("d", string(i))))
}
