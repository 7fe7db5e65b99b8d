package app_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/server/internal/app"
	"lantoa/storage"
	"lantoa/storage/dirblob"
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
