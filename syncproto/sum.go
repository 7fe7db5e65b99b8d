package syncproto

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Sum is the integrity sum of a scope: how many live records it has, and the sum modulo 2^128 of their hashes
// (S-100). Both sides keep it incrementally and compare it whenever the device has caught up.
type Sum struct {
	Count  int64
	hi, lo uint64
}

// Add counts a record in.
func (s *Sum) Add(h Hash) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, binary.BigEndian.Uint64(h[8:]), 0)
	s.hi, _ = bits.Add64(s.hi, binary.BigEndian.Uint64(h[:8]), carry)
	s.Count++
}

// Remove takes a record out.
func (s *Sum) Remove(h Hash) {
	var borrow uint64
	s.lo, borrow = bits.Sub64(s.lo, binary.BigEndian.Uint64(h[8:]), 0)
	s.hi, _ = bits.Sub64(s.hi, binary.BigEndian.Uint64(h[:8]), borrow)
	s.Count--
}

// Bytes returns the 128-bit sum, big-endian.
func (s Sum) Bytes() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], s.hi)
	binary.BigEndian.PutUint64(b[8:], s.lo)
	return b
}

// Hex returns the 128-bit sum as it travels: 32 hex digits.
func (s Sum) Hex() string {
	b := s.Bytes()
	return hex.EncodeToString(b[:])
}

// MakeSum rebuilds a sum from its count and 16 bytes.
func MakeSum(count int64, b [16]byte) Sum {
	return Sum{Count: count, hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
}

// Leaves is how many parts the digest of a scope has (S-102).
const Leaves = 256

// Leaf returns the part of the digest that a record belongs to: the last byte of its id, which is random.
func Leaf(id ID) int {
	b, _ := id.Bytes()
	return int(b[15])
}

// Digest is the sum of each leaf of a scope.
type Digest [Leaves]Sum

// Add counts a record into its leaf.
func (d *Digest) Add(id ID, h Hash) { d[Leaf(id)].Add(h) }

// Differing returns the leaves in which two digests differ.
func (d *Digest) Differing(other *Digest) []int {
	var out []int
	for i := range d {
		if d[i] != other[i] {
			out = append(out, i)
		}
	}
	return out
}
