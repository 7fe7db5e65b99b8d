package s3blob_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/storage/s3blob"
)

const benchSize = 64 << 20

// against times our way and minio-go's own in turns, and reports the ratio of their throughputs: 1 is as fast.
func against(b *testing.B, s storage.Blobs, id storage.BlobID, bare func(*minio.Client) error, ours func() error) {
	b.Helper()
	client := client(b)
	var theirTime, ourTime time.Duration
	rounds := 0
	for b.Loop() {
		start := time.Now()
		if err := bare(client); err != nil {
			b.Fatal(err)
		}
		theirTime += time.Since(start)
		if err := client.RemoveObject(b.Context(), bucket, "bare", minio.RemoveObjectOptions{}); err != nil {
			b.Fatal(err)
		}
		start = time.Now()
		if err := ours(); err != nil {
			b.Fatal(err)
		}
		ourTime += time.Since(start)
		if err := s.Delete(b.Context(), id); err != nil {
			b.Fatal(err)
		}
		rounds++
	}
	rate := func(spent time.Duration) float64 { return benchSize / 1e6 * float64(rounds) / spent.Seconds() }
	b.ReportMetric(rate(theirTime), "bare-MB/s")
	b.ReportMetric(rate(ourTime), "MB/s")
	b.ReportMetric(rate(ourTime)/rate(theirTime), "ratio")
}

// BenchmarkPut holds a put of 64 MiB against minio-go's own put of the same bytes in parts of the same size, which knows
// no hash of the whole.
func BenchmarkPut(b *testing.B) {
	data := photo(50, benchSize)
	id := idOf(data)
	s := open(b, "bench", func(o *s3blob.Options) { o.PartSize = 0 })
	against(b, s, id, func(client *minio.Client) error {
		_, err := client.PutObject(b.Context(), bucket, "bare", bytes.NewReader(data), benchSize, minio.PutObjectOptions{PartSize: 8 << 20})
		return err
	}, func() error {
		_, err := s.Put(b.Context(), id, benchSize, bytes.NewReader(data))
		return err
	})
}

// BenchmarkParts holds a file that is sent in parts, two at a time, against minio-go's own put of the file.
func BenchmarkParts(b *testing.B) {
	data := photo(51, benchSize)
	id := idOf(data)
	path := filepath.Join(b.TempDir(), "spool")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	s := open(b, "bench", func(o *s3blob.Options) { o.PartSize = 0 })
	against(b, s, id, func(client *minio.Client) error {
		_, err := client.FPutObject(b.Context(), bucket, "bare", path, minio.PutObjectOptions{PartSize: 8 << 20})
		return err
	}, func() error { return sendFile(b.Context(), s, id, file) })
}

func sendFile(ctx context.Context, s *s3blob.Store, id storage.BlobID, file io.ReaderAt) error {
	upload, err := s.BeginParts(ctx, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var senders sync.WaitGroup
	for range 2 {
		senders.Go(func() {
			for n := range numbers {
				at := int64(n-1) * s.PartSize()
				size := min(s.PartSize(), benchSize-at)
				if err := s.PutPart(ctx, id, upload, n, io.NewSectionReader(file, at, size), size); err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := 1; int64(n-1)*s.PartSize() < benchSize; n++ {
		numbers <- n
	}
	close(numbers)
	senders.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	_, err = s.CompleteParts(ctx, id, upload, benchSize)
	return err
}
