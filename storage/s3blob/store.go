package s3blob

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// minPart is the least that S3 takes for a part that is not the last, maxParts the most parts of one object.
	minPart  = 5 << 20
	maxParts = 10_000
	// defaultPart and partBuffers bound what one Put holds in memory: one part is read while two are sent.
	defaultPart = 8 << 20
	partBuffers = 3
)

// Options say where the objects are.
type Options struct {
	Endpoint  string // "https://host:port"; http only on one machine or in a closed network
	Bucket    string // must exist
	Prefix    string // of all keys, without a slash at its end; "" for none
	Region    string // "" asks the server
	AccessKey string
	SecretKey string
	// PartSize is the size of parts, 8 MiB if it is 0 and 5 MiB at least. It must not change while uploads wait.
	PartSize int64
	// PathStyle puts the bucket into the path instead of the host name, as most servers other than Amazon's want.
	// Hosts that are plain addresses are always asked so.
	PathStyle bool
}

// LogValue keeps the keys out of logs.
func (o Options) LogValue() slog.Value {
	return slog.GroupValue(slog.String("endpoint", o.Endpoint), slog.String("bucket", o.Bucket), slog.String("prefix", o.Prefix))
}

// Store is a bucket, or the part of one below a prefix. Make one with New.
type Store struct {
	core      minio.Core
	transport *http.Transport
	bucket    string
	prefix    string // with "sha256/" at its end
	part      int64
	closed    atomic.Bool
	plain     atomic.Bool // the server does not know If-None-Match

	mu     sync.Mutex
	active map[string]int // keys that this process uploads, which Sweep leaves alone
}

var _ storage.Blobs = (*Store)(nil)

// New returns a store. It sends nothing, so a server starts while its S3 is down; Check tells whether it is there.
func New(o Options) (*Store, error) {
	const op = "set up S3"
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || o.Bucket == "" {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "endpoint or bucket", Err: err}
	}
	transport, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, op, err)
	}
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure:       u.Scheme == "https",
		Transport:    transport,
		Region:       o.Region,
		BucketLookup: lookup,
		MaxRetries:   1, // see try
	})
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, err)
	}
	prefix := "sha256/"
	if o.Prefix != "" {
		prefix = strings.TrimSuffix(o.Prefix, "/") + "/" + prefix
	}
	part := o.PartSize
	if part == 0 {
		part = defaultPart
	}
	return &Store{
		core: *core, transport: transport, bucket: o.Bucket, prefix: prefix, part: max(part, minPart), active: map[string]int{},
	}, nil
}

// Check asks whether the bucket is there and the keys are right: store_missing and store_read_only if not.
func (s *Store) Check(ctx context.Context) error {
	const op = "look for the bucket"
	if err := s.ready(ctx, op); err != nil {
		return err
	}
	var there bool
	err := try(ctx, func() (err error) {
		there, err = s.core.BucketExists(ctx, s.bucket)
		return err
	})
	if err != nil {
		return classify(ctx, op, err)
	}
	if !there {
		return syncproto.E(syncproto.CodeStoreMissing, op, nil)
	}
	return nil
}

// Close implements storage.Blobs.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.transport.CloseIdleConnections()
	return nil
}

func (s *Store) ready(ctx context.Context, op string) error {
	if s.closed.Load() {
		return syncproto.E(syncproto.CodeUnavailable, op, http.ErrServerClosed)
	}
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	return nil
}

func (s *Store) key(id storage.BlobID) string { return s.prefix + id.String() }

// hold marks a key as being uploaded by this process.
func (s *Store) hold(key string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[key] += n; s.active[key] == 0 {
		delete(s.active, key)
	}
}

func (s *Store) held(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active[key] > 0
}
