package syncproto

// objectWriter appends members in the order that its caller gives, which must be byte order, and weaves the
// unknown members of extra into their places.
type objectWriter struct {
	dst   []byte
	extra Fields
	names []string
	ready bool
}

func (w *objectWriter) key(name string) {
	w.weave(name)
	w.bare(name)
}

func (w *objectWriter) bare(name string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = appendString(w.dst, name)
	w.dst = append(w.dst, ':')
}

func (w *objectWriter) weave(before string) {
	if len(w.extra) == 0 {
		return
	}
	if !w.ready {
		w.names, w.ready = w.extra.Names(), true
	}
	for len(w.names) > 0 && (before == "" || w.names[0] < before) {
		w.bare(w.names[0])
		w.dst = append(w.dst, w.extra[w.names[0]].orNull()...)
		w.names = w.names[1:]
	}
}

// str writes a string member unless it is empty.
func (w *objectWriter) str(name, value string) {
	if value != "" {
		w.key(name)
		w.dst = appendString(w.dst, clean(value))
	}
}

// int writes a number member unless it is zero.
func (w *objectWriter) int(name string, n int64) {
	if n != 0 {
		w.key(name)
		w.dst = appendInt(w.dst, n)
	}
}

func (w *objectWriter) bool(name string, b bool) {
	if b {
		w.key(name)
		w.dst = append(w.dst, "true"...)
	}
}

func (w *objectWriter) fields(name string, f Fields) {
	if len(f) > 0 {
		w.key(name)
		w.dst = appendFields(w.dst, f)
	}
}

func (w *objectWriter) close() []byte {
	w.weave("")
	return append(w.dst, '}')
}
