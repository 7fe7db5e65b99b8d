package picture

import (
	"bytes"
	"context"
	"io"
	"runtime"
)

// Acquire and Release let tests hold a part of a budget; Used tells how much is taken, Waiting how many wait.
func (b *Budget) Acquire(ctx context.Context, bytes int64) error { return b.acquire(ctx, bytes) }

// Release gives back what Acquire took.
func (b *Budget) Release(bytes int64) { b.release(bytes) }

// Used returns the bytes that are taken.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// CountScans reads everything through a guard that allows so many scans.
func CountScans(r io.Reader, allowed int) error {
	g := newScanGuard(r, 1)
	g.left = allowed
	_, err := io.Copy(io.Discard, g)
	return err
}

// Estimate returns the memory that a file is thought to need, and what its decoder really allocated.
func Estimate(file []byte) (estimated, allocated int64, err error) {
	src := &source{ctx: context.Background(), r: bytes.NewReader(file), size: int64(len(file))}
	h, err := Copier{}.guard(src)
	if err != nil {
		return 0, 0, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = h.decode(src)
	runtime.ReadMemStats(&after)
	return h.decoding(), int64(after.TotalAlloc - before.TotalAlloc), err
}
