package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/s3blob"
	"lantoa/syncproto"
)

// mediaDir holds the files of photos, unless they are in a bucket.
const mediaDir = "media"

// openBlobs opens the place for media. A bucket is not asked for: a server starts while it is down, and takes files
// into its spool.
func openBlobs(ctx context.Context, cfg *Config) (storage.Blobs, error) {
	if cfg.S3 == "" {
		return dirblob.Open(ctx, cfg.path(mediaDir), dirblob.Options{})
	}
	o, err := parseS3(cfg.S3)
	if err != nil {
		return nil, err
	}
	o.AccessKey, o.SecretKey, o.Presign = cfg.S3AccessKey, cfg.S3SecretKey, cfg.S3Presign > 0
	store, err := s3blob.New(o)
	if err != nil {
		return nil, usageError("s3: %v", err)
	}
	return store, nil
}

// parseS3 reads "s3://bucket/prefix?endpoint=https://host&region=…" and "https://host/bucket/prefix?region=…".
func parseS3(text string) (o s3blob.Options, err error) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Fragment != "" {
		return o, usageError("s3: an address without a key in it") // it is not repeated: there may be one
	}
	query := u.Query()
	for name := range query {
		switch name {
		case "endpoint", "region", "public", "style":
		default:
			return o, usageError("s3: unknown %q", name)
		}
	}
	o.Region, o.PublicEndpoint = query.Get("region"), query.Get("public")
	path := strings.Trim(u.Path, "/")
	switch u.Scheme {
	case "s3":
		o.Endpoint, o.Bucket, o.Prefix = query.Get("endpoint"), u.Host, path
		if o.Endpoint == "" {
			o.Endpoint = "https://s3.amazonaws.com"
		}
	case "http", "https":
		o.Endpoint = u.Scheme + "://" + u.Host
		o.Bucket, o.Prefix, _ = strings.Cut(path, "/")
	default:
		return o, usageError("s3: %q", u.Scheme)
	}
	if o.Bucket == "" {
		return o, usageError("s3: no bucket in the address")
	}
	// Servers other than Amazon's rarely have a host name for each bucket.
	o.PathStyle = query.Get("style") != "host" && !strings.HasSuffix(strings.TrimSuffix(o.Endpoint, "/"), ".amazonaws.com")
	return o, nil
}

// secret reads a key from the environment, or from the file that the environment names: a command line is seen by
// everybody on the machine.
func (c *call) secret(name string) (string, error) {
	if v := c.getenv(name); v != "" {
		return v, nil
	}
	path := c.getenv(name + "_FILE")
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(data)), nil
}

// s3Keys are read where a bucket was named.
func (c *call) s3Keys(cfg *Config) (err error) {
	if cfg.S3 == "" {
		return nil
	}
	if cfg.S3AccessKey, err = c.secret("LANTOA_S3_ACCESS_KEY"); err == nil {
		cfg.S3SecretKey, err = c.secret("LANTOA_S3_SECRET_KEY")
	}
	if err == nil && (cfg.S3AccessKey == "" || cfg.S3SecretKey == "") {
		return usageError("LANTOA_S3_ACCESS_KEY, LANTOA_S3_SECRET_KEY")
	}
	return err
}

// checker is a blob store that is somewhere else and may be down.
type checker interface {
	Check(ctx context.Context) error
}

// blobHealth is whether the blob store answered last.
type blobHealth struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

const (
	blobCheckEvery   = 15 * time.Second
	blobCheckTimeout = 5 * time.Second
)

// mediaReady asks whether the place for media can be used, at most every few seconds. A directory lies beside the
// database, whose disk is asked anyway.
func (s *Server) mediaReady(ctx context.Context) error {
	remote, ok := s.blobs.(checker)
	if !ok {
		return nil
	}
	s.blobState.mu.Lock()
	defer s.blobState.mu.Unlock()
	if time.Since(s.blobState.at) > blobCheckEvery {
		ctx, cancel := context.WithTimeout(ctx, blobCheckTimeout)
		defer cancel()
		s.blobState.err, s.blobState.at = remote.Check(ctx), time.Now()
	}
	return s.blobState.err
}

// note is lines for those who ask whether the server is ready. It is ready while its bucket is down: texts are taken
// and given, and files wait in the spool. So it is while a service of pushes is: calls go through the inbox, and the bell
// rings later.
func (s *Server) note(ctx context.Context) string {
	note := strings.TrimSuffix(factsNote(s.audience.Last())+s.pushes.note(), "\n")
	if err := s.mediaReady(ctx); err != nil {
		note = strings.TrimSuffix("media store: "+string(syncproto.CodeOf(err))+"\n"+note, "\n")
	}
	return note
}

// tellUnreachable says in words what is wrong with the place for media.
func (s *Server) tellUnreachable(ctx context.Context, w io.Writer) {
	err := s.mediaReady(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	tell(w, "", "server.media_unreachable", words{"bucket": s.bucket(), "code": string(syncproto.CodeOf(err))})
	fmt.Fprintln(w)
}

// bucket names the bucket without what stands behind it.
func (s *Server) bucket() string {
	o, err := parseS3(s.cfg.S3)
	if err != nil {
		return ""
	}
	return o.Endpoint + "/" + o.Bucket
}
