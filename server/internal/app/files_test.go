package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/s3blob"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// TestMediaIsVerified holds what the command says against a directory that is whole, beside a running server, and then
// one that lost a file.
func TestMediaIsVerified(t *testing.T) {
	p := newProgram(t)
	s, err := app.Start(t.Context(), app.Config{Data: p.data, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := []byte("the bytes of a photo")
	id := storage.BlobID(sha256.Sum256(b))
	blobs, err := dirblob.Open(t.Context(), filepath.Join(p.data, "media"), dirblob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	if _, err := blobs.Put(t.Context(), id, int64(len(b)), bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	err = s.Store().Update(t.Context(), func(tx storage.Tx) error {
		return tx.PutMedia(&storage.Media{ID: id, Size: int64(len(b)), State: storage.MediaRefused, Created: 1 << 60})
	})
	if err != nil {
		t.Fatal(err)
	}
	out := p.ok("media", "verify", "-all")
	if !strings.Contains(out, "Không thấy gì hỏng") || !strings.Contains(out, "Nothing is damaged") {
		t.Errorf("got %s", out)
	}
	info, err := os.Stat(filepath.Join(p.data, "media"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v, %v", info.Mode(), err)
	}
	if err := blobs.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if errs := p.fails(8, "media", "verify"); !strings.Contains(errs, id.String()) {
		t.Errorf("it does not name the file: %s", errs)
	}
	p.fails(2, "media", "list")
	p.fails(2, "media", "verify", "-s3", "s3://bucket?endpoint=http://127.0.0.1:1") // no keys
}

func TestAServerStartsWhileItsBucketIsDown(t *testing.T) {
	p := newProgram(t)
	p.env["LANTOA_S3"] = "http://127.0.0.1:1/bucket?region=vn-1"
	p.env["LANTOA_S3_ACCESS_KEY"] = "key"
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["LANTOA_S3_SECRET_KEY_FILE"] = secret
	s := p.serve()
	defer s.stop()
	resp, err := http.Get(s.url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || string(body) != "ready\nmedia store: unavailable\n" {
		t.Errorf("got %d %q", resp.StatusCode, body)
	}
	if _, err := os.Stat(filepath.Join(p.data, "media")); err == nil {
		t.Error("a folder for files was made all the same")
	}
}

func TestSettingsThatLoseFilesAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-s3-presign", "1h"},
		{"-s3-presign", "5m"},
		{"-media-keep", "1m"},
		{"-media-grace", "1h"},
		{"-media-quota", "much"},
		{"-s3", "s3://bucket?secret=x"},
		{"-s3", "https://key:secret@host/bucket"},
	} {
		p := newProgram(t)
		if errs := p.fails(2, append([]string{"serve", "-listen", "127.0.0.1:0"}, args...)...); strings.Contains(errs, "secret@") {
			t.Errorf("the secret is repeated: %s", errs)
		}
	}
}

// TestAPhotoGoesThroughTheWholeServer sends a record, then its file, and reads back what the server made of it, also
// after a restart.
func TestAPhotoGoesThroughTheWholeServer(t *testing.T) {
	t.Run("directory", func(t *testing.T) { throughTheServer(t, newProgram(t)) })
	t.Run("bucket", func(t *testing.T) {
		p := newProgram(t)
		p.env["LANTOA_S3"] = gateway(t) + "/photos/here?region=us-east-1"
		p.env["LANTOA_S3_ACCESS_KEY"], p.env["LANTOA_S3_SECRET_KEY"] = "key", "secret"
		photo, token, display := throughTheServer(t, p)
		sentToTheBucket(t, p, photo, token, display)
	})
}

// sentToTheBucket asks a server that gives out addresses of the bucket, and then the bucket.
func sentToTheBucket(t *testing.T, p *program, photo syncproto.ID, token string, display []byte) {
	s := p.serve("-s3-presign", "1m")
	defer s.end(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/media/"+string(photo)+"/display", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
	}
	there, err := http.Get(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer there.Body.Close()
	body, err := io.ReadAll(there.Body)
	if err != nil || !bytes.Equal(body, display) || there.Header.Get("Content-Type") != "image/jpeg" ||
		!strings.HasPrefix(there.Header.Get("Content-Disposition"), "inline; filename=") {
		t.Errorf("got %d %v, %d bytes, %v", there.StatusCode, there.Header, len(body), err)
	}
}

// freeAddress returns an address for a program that cannot say which one it took. Its port is below those that systems
// give away by themselves, so that nobody is given it meanwhile.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
}

// gateway starts the S3 server that package s3blob is tested with, with a bucket "photos", if the machine has it.
func gateway(t *testing.T) (url string) {
	t.Helper()
	name := os.Getenv("LANTOA_VERSITYGW")
	if name == "" {
		name = "versitygw"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skip("no S3 server: versitygw is not in PATH and LANTOA_VERSITYGW does not name it")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	child := exec.Command(program, "--port", address, "--quiet", "posix", dir)
	child.Env = append(os.Environ(), "ROOT_ACCESS_KEY=key", "ROOT_SECRET_KEY=secret")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	url = "http://" + address
	bucket, err := s3blob.New(s3blob.Options{
		Endpoint: url, Bucket: "photos", Region: "us-east-1", AccessKey: "key", SecretKey: "secret", PathStyle: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	for err = bucket.Check(t.Context()); err != nil && syncproto.KindOf(err) == syncproto.Unavailable; {
		err = bucket.Check(t.Context()) // it has patience of its own, and ends with the test
	}
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func throughTheServer(t *testing.T, p *program) (photo syncproto.ID, token string, display []byte) {
	s := p.serve()
	phone := p.enrolled(s.url)
	b := sample.JPEG(sample.Options{Seed: 1, Lat: 19.8, Lon: 105.9, Orientation: 6, Taken: time.Unix(1_780_000_000, 0)})
	sum := sha256.Sum256(b)
	announced := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: storage.BlobID(sum).String(), Size: int64(len(b))}, Type: "image/jpeg"}
	photo = syncproto.NewID()
	m := syncproto.Mutation{
		Number: 1, ID: syncproto.NewID(), Record: photo, Kind: syncproto.KindPhoto, Unit: phone.Unit,
		Set: syncproto.Fields{syncproto.MediaField: announced.Value()},
	}
	req := &syncproto.SyncRequest{
		Protocol: 1, App: "test", Mutations: []syncproto.PushedMutation{{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}},
	}
	status, body := post(t, s.url+"/v1/sync", phone.Token, syncproto.AppendSyncRequest(nil, req))
	if status != http.StatusOK || strings.Contains(string(body), "rejected") {
		t.Fatalf("sync: %d %s", status, body)
	}
	up, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/uploads", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + phone.Token, "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream",
		"Upload-Length": strconv.Itoa(len(b)), "Upload-Metadata": "record " + base64.StdEncoding.EncodeToString([]byte(photo)),
	} {
		up.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(up)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated || resp.Header.Get("Upload-Offset") != strconv.Itoa(len(b)) {
		t.Fatalf("upload: %d %v", resp.StatusCode, resp.Header)
	}
	lane := func(name string) (int, []byte) {
		get, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/media/"+string(photo)+"/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		get.Header.Set("Authorization", "Bearer "+phone.Token)
		resp, err := http.DefaultClient.Do(get)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	shown := func() (status int, body []byte) {
		for status != http.StatusOK && t.Context().Err() == nil { // it is looked at within a moment
			status, body = lane("display")
			if status != http.StatusOK && status != http.StatusNotFound {
				break
			}
		}
		return status, body
	}
	first, display := shown()
	if first != http.StatusOK || sample.HasPosition(display) {
		t.Fatalf("display: %d", first)
	}
	if status, body := lane("thumbnail"); status != http.StatusOK || len(body) > syncproto.MaxThumbnailBytes || sample.HasPosition(body) {
		t.Errorf("thumbnail: %d, %d bytes", status, len(body))
	}
	if status, body := lane("original"); status != http.StatusOK || !bytes.Equal(body, b) {
		t.Errorf("original: %d", status)
	}
	status, body = post(t, s.url+"/v1/sync", phone.Token, []byte(`{"app":"test","cursor":"","protocol":1}`))
	if status != http.StatusOK || !strings.Contains(string(body), `"shows":["thumbnail","display"]`) {
		t.Errorf("sync: %d %s", status, body)
	}
	p.ok("media", "verify", "-all")
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	s = p.serve()
	if status, body := lane("display"); status != http.StatusOK || !bytes.Equal(body, display) {
		t.Errorf("after a restart: %d", status)
	}
	s.end(t)
	return photo, phone.Token, display
}
