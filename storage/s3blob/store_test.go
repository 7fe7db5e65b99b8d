package s3blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lantoa/storage"
	"lantoa/storage/s3blob"
	"lantoa/storage/storagetest"
	"lantoa/syncproto"
)

const (
	bucket  = "media"
	access  = "lantoa-test"
	secret  = "lantoa-test-secret"
	gateway = "LANTOA_VERSITYGW" // the path of the S3 server that the tests start; else PATH is searched
)

// server is the one S3 server of this test binary.
var server struct {
	once   sync.Once
	child  *exec.Cmd
	dir    string
	url    string
	err    error
	absent bool
}

func TestMain(m *testing.M) {
	code := m.Run()
	if server.child != nil {
		_ = server.child.Process.Kill()
		_ = server.child.Wait()
	}
	if server.dir != "" {
		_ = os.RemoveAll(server.dir)
	}
	os.Exit(code)
}

// endpoint returns the address of the server and starts it at the first call.
func endpoint(t testing.TB) string {
	t.Helper()
	server.once.Do(func() { server.err = start() })
	if server.absent {
		t.Skipf("no S3 server: versitygw is not in PATH and %s does not name it", gateway)
	}
	if server.err != nil {
		t.Fatal(server.err)
	}
	return server.url
}

// freeAddress returns an address for versitygw, which does not tell which port it took. The port is below those that
// systems give away by themselves, so that nobody is given it meanwhile.
func freeAddress() (string, error) {
	for {
		listener, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer listener.Close()
			return listener.Addr().String(), nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", err
		}
	}
}

func start() error {
	name := os.Getenv(gateway)
	if name == "" {
		name = "versitygw"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		server.absent = true
		return nil
	}
	if server.dir, err = os.MkdirTemp("", "lantoa-s3-"); err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	server.child = exec.Command(program, "--port", address, "--quiet", "posix", server.dir)
	server.child.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+access, "ROOT_SECRET_KEY="+secret)
	if err := server.child.Start(); err != nil {
		server.child = nil
		return err
	}
	server.url = "http://" + address
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1"})
	if err != nil {
		return err
	}
	// The client tries again until the server listens.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{})
}

// open returns a store below a prefix of its own.
func open(t testing.TB, prefix string, change ...func(*s3blob.Options)) *s3blob.Store {
	t.Helper()
	o := s3blob.Options{
		Endpoint: endpoint(t), Bucket: bucket, Prefix: prefix, Region: "us-east-1", AccessKey: access, SecretKey: secret, PartSize: 5 << 20,
	}
	for _, c := range change {
		c(&o)
	}
	s, err := s3blob.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		wipe(t, prefix)
	})
	return s
}

// client returns minio-go's own client of the server.
func client(t testing.TB) *minio.Client {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(endpoint(t), "http://"), &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wipe removes what a test left, so that it finds the same when it runs again.
func wipe(t testing.TB, prefix string) {
	c := client(t)
	ctx := context.WithoutCancel(t.Context())
	for object := range c.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix + "/", Recursive: true}) {
		err := object.Err
		if err == nil {
			err = c.RemoveObject(ctx, bucket, object.Key, minio.RemoveObjectOptions{})
		}
		if err != nil {
			t.Errorf("wipe %s: %v", prefix, err)
			return
		}
	}
}

// place makes a prefix of a path.
func place(path string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(path)))[:16] }

func TestBlobs(t *testing.T) {
	endpoint(t)
	storagetest.TestBlobs(t, func(t *testing.T) storage.Blobs { return open(t, place(t.TempDir())) })
}

func TestBlobPersistence(t *testing.T) {
	endpoint(t)
	storagetest.TestBlobPersistence(t, func(t *testing.T, path string) storage.Blobs { return open(t, place(path)) })
}

func idOf(data []byte) storage.BlobID { return sha256.Sum256(data) }

func put(t testing.TB, s storage.Blobs, data []byte) (bool, error) {
	t.Helper()
	return s.Put(t.Context(), idOf(data), int64(len(data)), bytes.NewReader(data))
}

func wantBytes(t *testing.T, s storage.Blobs, data []byte) {
	t.Helper()
	r, err := s.Get(t.Context(), idOf(data), 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v; want the %d put", len(got), err, len(data))
	}
}

func wantCode(t *testing.T, err error, want syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		t.Errorf("got error %v, want code %s", err, want)
	}
}

func TestCheck(t *testing.T) {
	if err := open(t, "check").Check(t.Context()); err != nil {
		t.Error(err)
	}
	wantCode(t, open(t, "check", func(o *s3blob.Options) { o.Bucket = "nowhere" }).Check(t.Context()), syncproto.CodeStoreMissing)
	wrong := open(t, "check", func(o *s3blob.Options) { o.SecretKey = "wrong" })
	wantCode(t, wrong.Check(t.Context()), syncproto.CodeStoreReadOnly)
	_, err := put(t, wrong, []byte("photo"))
	wantCode(t, err, syncproto.CodeStoreReadOnly)
	_, err = wrong.Get(t.Context(), idOf([]byte("photo")), 0, -1)
	wantCode(t, err, syncproto.CodeStoreReadOnly)
}

// TestForeignObjects: others may use the bucket too, even below the prefix.
func TestForeignObjects(t *testing.T) {
	s := open(t, "foreign")
	dir := filepath.Join(server.dir, bucket, "foreign", "sha256")
	if _, err := put(t, s, []byte("photo")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"00notes.txt", strings.Repeat("z", 64)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.List(t.Context(), storage.BlobID{}, 2)
	if err != nil || len(list) != 1 || list[0].ID != idOf([]byte("photo")) {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []s3blob.Options{
		{},
		{Endpoint: "127.0.0.1:9000", Bucket: bucket},
		{Endpoint: "ftp://host", Bucket: bucket},
		{Endpoint: "http://host"},
		{Endpoint: "https://host/path", Bucket: bucket},
	} {
		_, err := s3blob.New(o)
		wantCode(t, err, syncproto.CodeInvalidValue)
	}
	if text := fmt.Sprint(s3blob.Options{SecretKey: secret}.LogValue()); strings.Contains(text, secret) {
		t.Errorf("the log has the key: %s", text)
	}
}

func TestBlobParts(t *testing.T) {
	endpoint(t)
	storagetest.TestBlobParts(t, func(t *testing.T, path string) storagetest.PartsStore { return open(t, place(path)) })
}
