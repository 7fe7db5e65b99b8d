package standin

// Validate names the field of a message that is wrong, "" for a message that is right, and tells what it read.
func Validate(body []byte) (field, id, target string, dry bool) {
	m, field := validate(body)
	return field, m.id, m.target, m.dry
}
