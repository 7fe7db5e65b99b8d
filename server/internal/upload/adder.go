package upload

import "hash"

// adder adds up the bytes of a file. Those of a fast link are added on another processor, while the next ones are read
// and written: a disk can be faster than the hash. It belongs to one goroutine.
type adder struct {
	sum  hash.Hash
	busy chan struct{} // closed when what was given to beside is in the sum; nil if there is nothing
}

// beside adds bytes, which must not change until the next call of any method has returned.
func (a *adder) beside(p []byte) {
	sum := a.all()
	busy := make(chan struct{})
	a.busy = busy
	go func() {
		defer close(busy)
		sum.Write(p)
	}()
}

// all returns the sum of all bytes that were given.
func (a *adder) all() hash.Hash {
	if a.busy != nil {
		<-a.busy
		a.busy = nil
	}
	return a.sum
}
