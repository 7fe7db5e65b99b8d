package reconcile

import (
	"maps"

	"lantoa/syncproto"
)

// begin returns the record's next revision, still equal in content.
func begin(in Input) *syncproto.Record {
	next := in.Record.Clone()
	next.Revision++
	next.Changed = in.Now
	return next
}

// touch notes that the actor's device changed a field in this revision. Writers[""] stands for the device that made
// the record, so most records name one device once.
func touch(in Input, next *syncproto.Record, field string, merged bool) {
	if next.Marks == nil {
		next.Marks = make(map[string]int64, 4)
	}
	next.Marks[field] = next.Revision
	w := syncproto.Writer{Device: in.Actor.Device, Merged: merged}
	if next.Writers[""] == w {
		delete(next.Writers, field)
		return
	}
	if next.Writers == nil {
		next.Writers = make(map[string]syncproto.Writer, 4)
	}
	next.Writers[field] = w
}

// reserved reports whether a name cannot be a field that a mutation writes: states change only by commands, and some
// fields are the server's.
func reserved(kind syncproto.Kind, name string) bool {
	return name == "state" || name == StateField || name == PartsField || name == "" || syncproto.ServerField(kind, name)
}

// tooBig checks the limits of a whole record, which a chain of small mutations can pass where each of them does not.
// A record beyond them would be sent to phones that must refuse it. old is nil for a new record; what was too big
// already may shrink.
func tooBig(old, next *syncproto.Record) (syncproto.Code, string) {
	names, bytes := 2, 0 // two are the marks of the state and the parts
	for name, value := range next.Fields {
		names++
		bytes += len(name) + len(value)
		if old != nil && old.Fields[name] == value {
			continue
		}
		if len(value) > syncproto.MaxFieldBytes {
			return syncproto.CodeTooLarge, name
		}
		if len(value) > 2*syncproto.MaxItems { // what is shorter cannot hold as many
			if items, ok := value.AsList(); ok && len(items) > syncproto.MaxItems {
				return syncproto.CodeTooMany, name // a set may have grown by many adds
			}
		}
		if err := syncproto.CheckField(next.Kind, name, value); err != nil {
			return syncproto.CodeOf(err), name
		}
	}
	for name := range next.Marks {
		if _, has := next.Fields[name]; !has && !reserved(next.Kind, name) {
			names++ // a cleared field keeps its mark
		}
	}
	if names > syncproto.MaxFields && (old == nil || !maps.Equal(old.Fields, next.Fields)) {
		return syncproto.CodeTooMany, ""
	}
	if bytes > syncproto.MaxMutationBytes {
		return syncproto.CodeTooLarge, ""
	}
	return "", ""
}

func orNull(v syncproto.Value) syncproto.Value {
	if v == "" {
		return syncproto.Null
	}
	return v
}
