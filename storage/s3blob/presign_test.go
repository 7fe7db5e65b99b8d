package s3blob_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lantoa/storage/s3blob"
	"lantoa/storage/storagetest"
	"lantoa/syncproto"
)

func presigning(o *s3blob.Options) { o.Presign = true }

func TestBlobPresigner(t *testing.T) {
	endpoint(t)
	storagetest.TestBlobPresigner(t, func(t *testing.T) storagetest.PresignStore { return open(t, place(t.TempDir()), presigning) })
}

// TestPresignOff: nothing is signed unless the operator asked for it.
func TestPresignOff(t *testing.T) {
	address, err := alone(t, "http://127.0.0.1:1").Presign(t.Context(), idOf(nil), time.Minute, "", "")
	if address != "" || err != nil {
		t.Errorf("got %q, %v; want neither", address, err)
	}
}

// TestPresignPublic: an address is that of the host which phones reach, and no server is asked for it.
func TestPresignPublic(t *testing.T) {
	o := s3blob.Options{
		Endpoint: "http://127.0.0.1:1", Bucket: bucket, Prefix: "p", Region: "eu-1", AccessKey: access, SecretKey: secret,
		PathStyle: true, Presign: true, PublicEndpoint: "https://media.example.org:8443",
	}
	s, err := s3blob.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := idOf([]byte("photo"))
	address, err := s.Presign(t.Context(), id, 15*time.Minute, "image/jpeg", "inline")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "https" || u.Host != "media.example.org:8443" || u.Path != "/"+bucket+"/p/sha256/"+id.String() {
		t.Errorf("got %s", address)
	}
	want := url.Values{
		"X-Amz-Expires": {"900"}, "X-Amz-SignedHeaders": {"host"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"},
		"response-content-type": {"image/jpeg"}, "response-content-disposition": {"inline"},
	}
	for name, value := range u.Query() {
		switch name {
		case "X-Amz-Date", "X-Amz-Signature":
		case "X-Amz-Credential":
			if !strings.HasPrefix(value[0], access+"/") || !strings.HasSuffix(value[0], "/eu-1/s3/aws4_request") {
				t.Errorf("got the credential %q", value)
			}
		default:
			if want.Get(name) != value[0] || len(value) != 1 {
				t.Errorf("got %s = %q", name, value)
			}
			want.Del(name)
		}
	}
	if len(want) != 0 || strings.Contains(address, secret) {
		t.Errorf("got %s, which lacks %v", address, want)
	}

	o.PublicEndpoint = "media.example.org"
	_, err = s3blob.New(o)
	wantCode(t, err, syncproto.CodeInvalidValue)
	o.PublicEndpoint, o.Region = "", ""
	_, err = s3blob.New(o)
	wantCode(t, err, syncproto.CodeInvalidValue)
}
