package s3blob_test

import (
	"bytes"
	"net/url"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lantoa/storage/s3blob"
)

// BenchmarkPut holds a put of 64 MiB against minio-go's own put of the same bytes in parts of the same size.
func BenchmarkPut(b *testing.B) {
	data := photo(50, 64<<20)
	u, err := url.Parse(endpoint(b))
	if err != nil {
		b.Fatal(err)
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1"})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("minio-go", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			_, err := client.PutObject(b.Context(), bucket, "bare", struct{ *bytes.Reader }{bytes.NewReader(data)}, int64(len(data)), minio.PutObjectOptions{PartSize: 8 << 20})
			if err != nil {
				b.Fatal(err)
			}
			if err := client.RemoveObject(b.Context(), bucket, "bare", minio.RemoveObjectOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("s3blob", func(b *testing.B) {
		s := open(b, "bench", func(o *s3blob.Options) { o.PartSize = 0 })
		b.SetBytes(int64(len(data)))
		id := idOf(data)
		for b.Loop() {
			if fresh, err := s.Put(b.Context(), id, int64(len(data)), bytes.NewReader(data)); !fresh || err != nil {
				b.Fatal(fresh, err)
			}
			if err := s.Delete(b.Context(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
}
