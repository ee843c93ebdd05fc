package lesson_test

import (
	"reflect"
	"strings"
	"testing"

	"agentcore-3lo/internal/lesson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const source = "One line\nand another, with `code`.\n\n## A *heading*\n\n- a\n- b `c_d___e`, <name>\n\n1. first\n2. second\n\n```A *box*, with no bottom.\n┌─┐\n│ │\n```\n\n|   | b |\n|---|:--|\n| c | https://<name>.test |\n|| `d_e` **f** |\n\n| no table\n"
	want := lesson.Lesson{{Text: "One line and another, with code."}, {Heading: "A heading"}, {List: []string{"a", "b c_d___e, <name>"}},
		{Steps: []string{"first", "second"}}, {Diagram: "┌─┐\n│ │", Words: "A *box*, with no bottom."}, {Table: [][]string{{"", "b"}, {"c", "https://<name>.test"}, {"", "d_e f"}}}, {Text: "| no table"}}
	for _, end := range []string{"\n", "\r\n"} {
		got, err := lesson.Parse([]byte(strings.ReplaceAll(source, "\n", end)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("line end %q: %v\n%#v", end, err, got)
		}
	}
	for _, other := range []string{"---\n", "> quoted\n", "<div>\nhtml\n</div>\n"} {
		if _, err := lesson.Parse([]byte(other)); err == nil {
			t.Errorf("%q passes", other)
		}
	}
}
