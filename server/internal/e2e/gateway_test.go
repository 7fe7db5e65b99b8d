package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lantoa/server/internal/app"
	"lantoa/storage/s3blob"
)

const (
	gatewayBucket = "media"
	gatewayAccess = "lantoa-test"
	gatewaySecret = "lantoa-test-secret"
	gatewayRegion = "us-east-1"
)

// gateway is an S3 server of a test's own, which can be stopped and comes back with what it had.
type gateway struct {
	t       testing.TB
	program string
	dir     string
	address string
	child   *exec.Cmd
}

// newGateway starts versitygw, from where LANTOA_VERSITYGW or PATH says it is; without it the test is skipped.
func newGateway(t testing.TB) *gateway {
	t.Helper()
	name := os.Getenv("LANTOA_VERSITYGW")
	if name == "" {
		name = "versitygw"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skip("no S3 server: versitygw is not in PATH and LANTOA_VERSITYGW does not name it")
	}
	g := &gateway{t: t, program: program, dir: t.TempDir(), address: freeAddress(t)}
	t.Cleanup(g.stop)
	g.start()
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	if err := g.client().MakeBucket(ctx, gatewayBucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gateway) start() {
	g.t.Helper()
	g.child = exec.Command(g.program, "--port", g.address, "--quiet", "posix", g.dir)
	g.child.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+gatewayAccess, "ROOT_SECRET_KEY="+gatewaySecret)
	if err := g.child.Start(); err != nil {
		g.child = nil
		g.t.Fatal(err)
	}
}

// stop ends it as a power cut does.
func (g *gateway) stop() {
	if g.child != nil {
		_ = g.child.Process.Kill()
		_ = g.child.Wait() // it was killed: that is its error
		g.child = nil
	}
}

// client is minio-go's own.
func (g *gateway) client() *minio.Client {
	g.t.Helper()
	c, err := minio.New(g.address, &minio.Options{Creds: credentials.NewStaticV4(gatewayAccess, gatewaySecret, ""), Region: gatewayRegion})
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// use has a server keep its media here; through is the address of something in between, "" for nothing.
func (g *gateway) use(cfg *app.Config, through string) {
	if through == "" {
		through = "http://" + g.address
	}
	cfg.S3 = through + "/" + gatewayBucket + "/photos?region=" + gatewayRegion
	cfg.S3AccessKey, cfg.S3SecretKey = gatewayAccess, gatewaySecret
}

// blobs opens the bucket as the server does.
func (g *gateway) blobs() *s3blob.Store {
	g.t.Helper()
	s, err := s3blob.New(s3blob.Options{
		Endpoint: "http://" + g.address, Bucket: gatewayBucket, Prefix: "photos", Region: gatewayRegion,
		AccessKey: gatewayAccess, SecretKey: gatewaySecret, PathStyle: true,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { s.Close() })
	return s
}

// unfinished counts the uploads in parts that were neither completed nor aborted.
func (g *gateway) unfinished() (n int) {
	g.t.Helper()
	for one := range g.client().ListIncompleteUploads(background, gatewayBucket, "", true) {
		if one.Err != nil {
			g.t.Error(one.Err)
		}
		n++
	}
	return n
}

// front puts a proxy before the gateway that lets fault spoil a request; answered says that it was.
func (g *gateway) front(fault func(w http.ResponseWriter, r *http.Request, pass http.Handler) (answered bool)) string {
	g.t.Helper()
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: g.address})
			r.Out.Host = r.In.Host // it is signed
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r, proxy) {
			proxy.ServeHTTP(w, r)
		}
	}))
	g.t.Cleanup(front.Close)
	return front.URL
}
