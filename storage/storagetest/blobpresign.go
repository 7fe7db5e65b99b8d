package storagetest

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// PresignStore is a blob store that gives out addresses.
type PresignStore interface {
	storage.Blobs
	storage.BlobPresigner
}

// TestBlobPresigner holds a blob store to the law of storage.BlobPresigner. Open returns an empty store that was told to
// give out addresses; the suite closes it.
func TestBlobPresigner(t *testing.T, open func(t *testing.T) PresignStore) {
	run := func(name string, test func(t *testing.T, s PresignStore)) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, s)
		})
	}
	run("a blob is read at its address", testPresignRead)
	run("an address is good for reading alone", testPresignOnlyRead)
	run("an address that was changed is good for nothing", testPresignChanged)
	run("what is refused", testPresignRefused)
}

func presign(t *testing.T, s storage.BlobPresigner, id storage.BlobID, contentType, disposition string) string {
	t.Helper()
	address, err := s.Presign(t.Context(), id, time.Minute, contentType, disposition)
	if err != nil || address == "" {
		t.Fatalf("got %q, %v; want an address", address, err)
	}
	return address
}

// ask sends a request as anybody may, without a key.
func ask(t *testing.T, method, address, span string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	if span != "" {
		request.Header.Set("Range", span)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, data
}

func testPresignRead(t *testing.T, s PresignStore) {
	c := newContent(1, 70_000)
	putBlob(t, s, c)
	disposition := mime.FormatMediaType("inline", map[string]string{"filename": "Grüße aus \"Mirpur\"; 1 + 1.jpg"})
	address := presign(t, s, c.id, "image/jpeg", disposition)
	answer, data := ask(t, http.MethodGet, address, "")
	if answer.StatusCode != http.StatusOK || !bytes.Equal(data, c.data) {
		t.Errorf("got %s and %d bytes, want the blob", answer.Status, len(data))
	}
	if got := answer.Header.Get("Content-Type"); got != "image/jpeg" {
		t.Errorf("got the type %q", got)
	}
	if got := answer.Header.Get("Content-Disposition"); got != disposition {
		t.Errorf("got %q\nwant %q", got, disposition)
	}
	answer, data = ask(t, http.MethodGet, address, "bytes=100-299")
	if answer.StatusCode != http.StatusPartialContent || !bytes.Equal(data, c.data[100:300]) {
		t.Errorf("a range: got %s and %d bytes", answer.Status, len(data))
	}
	if answer, data := ask(t, http.MethodGet, presign(t, s, c.id, "", ""), ""); answer.StatusCode != http.StatusOK || !bytes.Equal(data, c.data) {
		t.Errorf("without words for the answer: got %s and %d bytes", answer.Status, len(data))
	}
	absent := presign(t, s, newContent(2, 10).id, "", "")
	if answer, _ := ask(t, http.MethodGet, absent, ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a blob that is not there: got %s", answer.Status)
	}
}

func testPresignOnlyRead(t *testing.T, s PresignStore) {
	c := newContent(1, 1000)
	putBlob(t, s, c)
	address := presign(t, s, c.id, "image/jpeg", "inline")
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
		if answer, _ := ask(t, method, address, ""); answer.StatusCode < 400 {
			t.Errorf("%s: got %s", method, answer.Status)
		}
	}
	wantBlob(t, s, c)
}

func testPresignChanged(t *testing.T, s PresignStore) {
	c, other := newContent(1, 1000), newContent(2, 1000)
	putBlob(t, s, c)
	putBlob(t, s, other)
	address := presign(t, s, c.id, "image/jpeg", "attachment")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{strings.Replace(address, c.id.String(), other.id.String(), 1)}
	for name := range u.Query() {
		query := u.Query()
		query.Del(name)
		forged = append(forged, u.Scheme+"://"+u.Host+u.Path+"?"+query.Encode())
	}
	query := u.Query()
	query.Set("response-content-type", "text/html")
	forged = append(forged, u.Scheme+"://"+u.Host+u.Path+"?"+query.Encode())
	for _, address := range forged {
		if answer, _ := ask(t, http.MethodGet, address, ""); answer.StatusCode < 400 {
			t.Errorf("%s: got %s", address, answer.Status)
		}
	}
}

func testPresignRefused(t *testing.T, s PresignStore) {
	c := newContent(1, 10)
	sign := func(ctx context.Context, validFor time.Duration, contentType, disposition string) error {
		address, err := s.Presign(ctx, c.id, validFor, contentType, disposition)
		if (err == nil) == (address == "") {
			t.Errorf("got %q, %v", address, err)
		}
		return err
	}
	for _, validFor := range []time.Duration{time.Second, storage.MaxPresigned} {
		if err := sign(t.Context(), validFor, "", ""); err != nil {
			t.Errorf("%v: %v", validFor, err)
		}
	}
	for _, validFor := range []time.Duration{-time.Second, 0, time.Second - 1, storage.MaxPresigned + 1} {
		wantCode(t, sign(t.Context(), validFor, "", ""), syncproto.CodeInvalidValue)
	}
	wantCode(t, sign(t.Context(), time.Minute, "image/jpeg\r\nSet-Cookie: a=b", ""), syncproto.CodeInvalidValue)
	wantCode(t, sign(t.Context(), time.Minute, "", "inline\x00"), syncproto.CodeInvalidValue)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, sign(ctx, time.Minute, "", ""), syncproto.CodeUnavailable)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, sign(t.Context(), time.Minute, "", ""), syncproto.CodeUnavailable)
}
