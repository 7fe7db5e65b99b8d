package s3blob

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	// assemblyTime is how long a server may be silent while it makes an object of parts: it may copy them all.
	// Giving up early means that the parts are sent again. Any other answer must begin within a minute.
	assemblyTime = 10 * time.Minute
)

// Options say where the objects are.
type Options struct {
	Endpoint  string // "https://host:port"; http only on one machine or in a closed network
	Bucket    string // must exist
	Prefix    string // of all keys, without a slash at its end; "" for none
	Region    string // "" asks the server
	AccessKey string
	SecretKey string
	// PartSize is the size of parts, 8 MiB if it is 0 and 5 MiB at least. A change ends the uploads in parts that wait:
	// they begin anew.
	PartSize int64
	// PathStyle puts the bucket into the path instead of the host name, as most servers other than Amazon's want.
	// Hosts that are plain addresses are always asked so.
	PathStyle bool
	// Presign lets Presign give out addresses; it needs Region. PublicEndpoint is where phones reach the server then,
	// if it is another address than Endpoint: the host is part of what is signed.
	Presign        bool
	PublicEndpoint string
}

// LogValue keeps the keys out of logs.
func (o Options) LogValue() slog.Value {
	return slog.GroupValue(slog.String("endpoint", o.Endpoint), slog.String("bucket", o.Bucket), slog.String("prefix", o.Prefix))
}

// Store is a bucket, or the part of one below a prefix. Make one with New.
type Store struct {
	core       minio.Core
	assembling *minio.Core // has more patience
	public     *minio.Core // signs addresses; nil if that is off
	close      func()
	bucket     string
	prefix     string // with "sha256/" at its end
	part       int64
	closed     atomic.Bool
	plain      atomic.Bool // the server does not know If-None-Match

	mu         sync.Mutex
	active     map[string]int           // keys that a Put of this process uploads, which Sweep leaves alone
	completing map[string]chan struct{} // uploads that are being completed, by their tokens
}

var _ storage.Blobs = (*Store)(nil)

// New returns a store. It sends nothing, so a server starts while its S3 is down; Check tells whether it is there.
func New(o Options) (*Store, error) {
	const op = "set up S3"
	host, err := parseEndpoint(o.Endpoint)
	if err != nil || o.Bucket == "" || o.Presign && o.Region == "" {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "endpoint, bucket or region", Err: err}
	}
	transport, err := minio.DefaultTransport(host.Scheme == "https")
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, op, err)
	}
	core, err := newClient(o, host, transport)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, err)
	}
	patient := transport.Clone()
	patient.ResponseHeaderTimeout = assemblyTime
	assembling, err := newClient(o, host, patient)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, err)
	}
	var public *minio.Core
	if o.Presign {
		if o.PublicEndpoint != "" {
			host, err = parseEndpoint(o.PublicEndpoint)
		}
		if err == nil {
			public, err = newClient(o, host, transport) // it sends nothing
		}
		if err != nil {
			return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "public endpoint", Err: err}
		}
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
		core: *core, assembling: assembling, public: public, bucket: o.Bucket, prefix: prefix, part: max(part, minPart),
		active: map[string]int{}, completing: map[string]chan struct{}{},
		close: func() { transport.CloseIdleConnections(); patient.CloseIdleConnections() },
	}, nil
}

// parseEndpoint reads the address of a server: scheme and host, and nothing else.
func parseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, syncproto.E(syncproto.CodeInvalidValue, "read an address", nil)
	}
	return u, nil
}

func newClient(o Options, host *url.URL, transport *http.Transport) (*minio.Core, error) {
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	return minio.NewCore(host.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure:       host.Scheme == "https",
		Transport:    transport,
		Region:       o.Region,
		BucketLookup: lookup,
		MaxRetries:   1, // see try
	})
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
	s.close()
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
