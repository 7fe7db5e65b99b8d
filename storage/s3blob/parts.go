package s3blob

import (
	"context"
	"net/http"
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
	begin := p.options(false)
	begin.UserMetadata = map[string]string{checksumAlgorithm: "SHA256"}
	var upload string
	err = try(ctx, func() (err error) {
		upload, err = p.core.NewMultipartUpload(ctx, p.bucket, key, begin)
		return err
	})
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
	return p.publish(ctx, op, func(o minio.PutObjectOptions) error {
		_, err := p.core.CompleteMultipartUpload(ctx, p.bucket, key, upload, done, o)
		return err
	})
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
			part, once, err := p.send(ctx, key, upload, number, data)
			if err != nil {
				cancel(classify(ctx, op, err))
			}
			done[number-1] = part
			if !once {
				data = nil // a try that failed may still be reading it
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

// send sends a part, and says whether the first try was enough.
func (p publishing) send(ctx context.Context, key, upload string, number int, data []byte) (done minio.CompletePart, once bool, err error) {
	header, signature := checksum(data)
	var part minio.ObjectPart
	sent := 0
	err = try(ctx, func() (err error) {
		sent++
		part, err = p.core.PutObjectPart(ctx, p.bucket, key, upload, number, body(data), int64(len(data)), minio.PutObjectPartOptions{
			Sha256Hex:            signature,
			DisableContentSha256: true,
			CustomHeader:         http.Header{checksumHeader: {header}},
		})
		return err
	})
	return minio.CompletePart{PartNumber: number, ETag: part.ETag, ChecksumSHA256: header}, sent == 1 && err == nil, err
}

// abort ends an upload also when the context has ended.
func (s *Store) abort(ctx context.Context, key, upload string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_ = try(ctx, func() error { return s.core.AbortMultipartUpload(ctx, s.bucket, key, upload) })
}

// Sweep implements storage.BlobWriter: it aborts uploads that began before. S3 does not tell when the last part came,
// so before should lie days back.
func (s *Store) Sweep(ctx context.Context, before int64) (removed int, err error) {
	const op = "sweep the bucket"
	if err := s.ready(ctx, op); err != nil {
		return 0, err
	}
	for keyMarker, uploadMarker := "", ""; ; {
		var page minio.ListMultipartUploadsResult
		err := try(ctx, func() (err error) {
			page, err = s.core.ListMultipartUploads(ctx, s.bucket, s.prefix, keyMarker, uploadMarker, "", 1000)
			return err
		})
		if err != nil {
			return removed, classify(ctx, op, err)
		}
		for _, u := range page.Uploads {
			if u.Initiated.UnixMilli() >= before || s.held(u.Key) {
				continue
			}
			err := try(ctx, func() error { return s.core.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID) })
			if minio.ToErrorResponse(err).Code == "NoSuchUpload" {
				continue
			}
			if err != nil {
				return removed, classify(ctx, op, err)
			}
			removed++
		}
		if !page.IsTruncated {
			return removed, nil
		}
		keyMarker, uploadMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}
