package syncproto

// IsText reports whether a field is text that people write, short or long, and not a name, an id or a value.
func IsText(kind Kind, field string) bool {
	shape := ruleOf(kind, field).shape
	return shape == textField || shape == proseField
}
