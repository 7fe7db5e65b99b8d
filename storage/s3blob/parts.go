package s3blob

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
)

// abortTime bounds how long a Put that failed tidies up after itself; what is left then is for Sweep.
const abortTime = 10 * time.Second

// parts puts a blob in parts, which are sent while the next ones are read.
func (p publishing) parts(ctx context.Context, op string, from *source) (fresh bool, err error) {
	key := p.key(p.id)
	p.hold(key, 1)
	defer p.hold(key, -1)
	// The upload begins when its first part is read: a sender that is cut off at once costs no request.
	first := make([]byte, p.part)
	if err := from.fill(first); err != nil {
		return false, err
	}
	upload, err := p.begin(ctx, key)
	if err != nil {
		return false, classify(ctx, op, err)
	}
	defer func() {
		if err != nil || !fresh {
			p.abort(ctx, key, upload)
		}
	}()
	done, err := p.sendAll(ctx, op, key, upload, first, from)
	if err != nil {
		return false, err
	}
	if err := from.end(p.id); err != nil {
		return false, err
	}
	return p.publishParts(ctx, op, upload, done)
}

// sendAll sends the first part and all that follow. It returns when nothing is under way any more.
func (p publishing) sendAll(ctx context.Context, op, key, upload string, first []byte, from *source) ([]minio.CompletePart, error) {
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make([]minio.CompletePart, (p.size+p.part-1)/p.part)
	free := make(chan []byte, partBuffers)
	for range partBuffers - 1 {
		free <- nil // made when it is needed
	}
	var sending sync.WaitGroup
	send := func(number int, data []byte) {
		sending.Go(func() {
			part := section{op, bytes.NewReader(data), int64(len(data))}
			sum, err := part.hash(ctx)
			if err == nil {
				done[number-1], err = p.send(ctx, key, upload, number, sum, part)
			}
			if err != nil {
				cancel(classify(ctx, op, err))
			}
			free <- data[:cap(data)]
		})
	}
	send(1, first)
	err := p.readParts(ctx, from, free, send)
	if err != nil {
		cancel(err) // what is under way is in vain
	}
	sending.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, classify(whole, op, cause)
	}
	return done, nil
}

// readParts reads the parts from the second on, each into a buffer that is free.
func (p publishing) readParts(ctx context.Context, from *source, free chan []byte, send func(int, []byte)) error {
	for number := 2; from.rest > 0; number++ {
		var buffer []byte
		select {
		case buffer = <-free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if buffer == nil {
			buffer = make([]byte, p.part)
		}
		buffer = buffer[:min(p.part, from.rest)]
		if err := from.fill(buffer); err != nil {
			return err
		}
		send(number, buffer)
	}
	return nil
}

// abort ends an upload also when the context has ended.
func (s *Store) abort(ctx context.Context, key, upload string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_ = try(ctx, func() error { return s.core.AbortMultipartUpload(ctx, s.bucket, key, upload) })
}
