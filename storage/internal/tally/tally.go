// Package tally is the stored form of counters: names and numbers, by name.
package tally

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Append encodes counts; those that are 0 are left out.
func Append(b []byte, counts map[string]int64) []byte {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[name]; n != 0 {
			b = binary.AppendUvarint(b, uint64(len(name)))
			b = append(b, name...)
			b = binary.AppendVarint(b, n)
		}
	}
	return b
}

// Into decodes counts into a map, adding to what is there. It reports whether all of b could be read.
func Into(counts map[string]int64, b []byte) bool {
	for len(b) > 0 {
		size, used := binary.Uvarint(b)
		if used <= 0 || size > uint64(len(b)-used) {
			return false
		}
		name := b[used : used+int(size)]
		b = b[used+int(size):]
		n, used := binary.Varint(b)
		if used <= 0 {
			return false
		}
		b = b[used:]
		if old, ok := counts[string(name)]; ok { // no copy of the name is made for a look
			n += old
		}
		counts[string(name)] = n
	}
	return true
}
