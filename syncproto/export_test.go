package syncproto

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FieldTable writes the shapes of all fields as the SPEC shows them.
func FieldTable() string {
	shapes := map[fieldType]string{
		textField: "text", proseField: "prose", nameField: "name", idField: "id", timeField: "time", countField: "integer from 0",
		placeField: "place", mediaField: "media", setField: "set", numberField: "number", boolField: "true or false",
	}
	row := func(b *strings.Builder, kind string, rules map[string]fieldRule) {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(rules)) {
			rule := rules[name]
			text := "`" + name + "` " + shapes[rule.shape]
			switch {
			case rule.shape == setField:
				text += fmt.Sprintf(" (%d items)", rule.limit)
			case rule.limit > 0:
				text += fmt.Sprintf(" (%d bytes)", rule.limit)
			}
			parts = append(parts, text)
		}
		fmt.Fprintf(b, "| %s | %s |\n", kind, strings.Join(parts, ", "))
	}
	var b strings.Builder
	b.WriteString("| kind | fields |\n|---|---|\n")
	for _, kind := range slices.Sorted(maps.Keys(fieldRules)) {
		row(&b, string(kind), fieldRules[kind])
	}
	row(&b, "each of these", commonFields)
	return b.String()
}
