package steps

// Lesson is what a page teaches, in a form that every front end can draw.
type Lesson []Block

// Block is one piece of a lesson; one of its fields is set.
type Block struct {
	Heading string
	Text    string     // a paragraph, to be wrapped
	List    []string   // items, each to be wrapped
	Diagram string     // drawn in text, at most 76 columns; never wrapped
	Table   [][]string // the first row is the head
}
