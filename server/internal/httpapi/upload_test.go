package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/httpapi"
	"lantoa/storage"
	"lantoa/syncproto"
)

// noise is bytes that no two tests share.
func noise(t testing.TB, n int) []byte {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	b := make([]byte, n)
	rand.NewChaCha8(sha256.Sum256(strconv.AppendUint(nil, seed, 10))).Read(b)
	return b
}

// photo puts a photo of the world's volunteer that announces an original.
func (w *world) photo(original []byte) syncproto.ID {
	w.t.Helper()
	sum := sha256.Sum256(original)
	m := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: storage.BlobID(sum).String(), Size: int64(len(original))}, Type: "image/jpeg"}
	r := &syncproto.Record{ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.root.ID, Revision: 1, State: syncproto.StateDraft, Fields: syncproto.Fields{syncproto.MediaField: m.Value()}}
	err := w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		d, err := tx.Device(w.device)
		if err != nil {
			return err
		}
		r.Author = d.Person
		return tx.PutRecord(r, syncproto.Placement(r, nil))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.ID
}

func metadataOf(record syncproto.ID) string {
	return "record " + base64.StdEncoding.EncodeToString([]byte(record)) + ",filename " + base64.StdEncoding.EncodeToString([]byte("ảnh.jpg"))
}

// tus asks with the headers that every request has, and others as pairs.
func (w *world) tus(method, path string, body []byte, pairs ...string) (int, []byte, http.Header) {
	w.t.Helper()
	header := map[string]string{"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
	for i := 0; i < len(pairs); i += 2 {
		header[pairs[i]] = pairs[i+1]
	}
	return w.do(method, path, w.token, body, header)
}

// upload makes an upload for a photo with these bytes and returns its path.
func (w *world) upload(data []byte) string {
	w.t.Helper()
	status, body, header := w.tus("POST", "/v1/uploads", nil, "Upload-Length", strconv.Itoa(len(data)), "Upload-Metadata", metadataOf(w.photo(data)))
	if status != http.StatusCreated || !strings.HasPrefix(header.Get("Location"), "uploads/") {
		w.t.Fatalf("create: got %d %s %v", status, body, header)
	}
	return "/v1/" + header.Get("Location")
}

// offset asks how far an upload is.
func (w *world) offset(path string) int {
	w.t.Helper()
	status, _, header := w.tus("HEAD", path, nil)
	n, err := strconv.Atoi(header.Get("Upload-Offset"))
	if status != http.StatusOK || err != nil || header.Get("Cache-Control") != "no-store" {
		w.t.Fatalf("look: got %d %v", status, header)
	}
	return n
}

// patchHead is the header of a request that brings bytes, as it travels.
func (w *world) patchHead(path string, offset, length int) string {
	return fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\n"+
		"Content-Type: application/offset+octet-stream\r\nUpload-Offset: %d\r\nContent-Length: %d\r\n\r\n", path, w.token, offset, length)
}

func wantProblem(t *testing.T, status int, body []byte, wantStatus int, code syncproto.Code) {
	t.Helper()
	var p httpapi.Problem
	if err := json.Unmarshal(body, &p); err != nil || status != wantStatus || p.Code != code {
		t.Errorf("got %d %s, want %d %s", status, body, wantStatus, code)
	}
}

func TestUploadOverTus(t *testing.T) {
	w := newWorld(t)
	status, _, header := w.do("OPTIONS", "/v1/uploads", "", nil, nil)
	if status != http.StatusNoContent || header.Get("Tus-Version") != "1.0.0" || header.Get("Tus-Max-Size") != "4294967296" ||
		header.Get("Tus-Checksum-Algorithm") != "sha256,sha1,md5" || !strings.Contains(header.Get("Tus-Extension"), "creation-with-upload") {
		t.Fatalf("got %d %v", status, header)
	}
	data := noise(t, 40000)
	path := w.upload(data)
	_, _, header = w.tus("HEAD", path, nil)
	if header.Get("Upload-Length") != "40000" || header.Get("Upload-Metadata") == "" || header.Get("Lantoa-State") != "receiving" || header.Get("Tus-Resumable") != "1.0.0" {
		t.Errorf("got %v", header)
	}
	if _, err := http.ParseTime(header.Get("Upload-Expires")); err != nil {
		t.Error(err)
	}
	sum := sha256.Sum256(data[:15000])
	status, body, header := w.tus("PATCH", path, data[:15000], "Upload-Offset", "0", "Upload-Checksum", "sha256 "+base64.StdEncoding.EncodeToString(sum[:]))
	if status != http.StatusNoContent || header.Get("Upload-Offset") != "15000" {
		t.Fatalf("got %d %s %v", status, body, header)
	}
	status, body, _ = w.tus("PATCH", path, data[15000:], "Upload-Offset", "15000", "Upload-Checksum", "sha256 "+base64.StdEncoding.EncodeToString(sum[:]))
	wantProblem(t, status, body, 460, syncproto.CodeHashMismatch)
	status, body, header = w.tus("PATCH", path, data[15000:], "Upload-Offset", "15000")
	if state := header.Get("Lantoa-State"); status != http.StatusNoContent || state != "checking" && state != "stored" {
		t.Fatalf("got %d %s %v", status, body, header)
	}
	if w.offset(path) != len(data) {
		t.Error("a whole upload does not say so")
	}
	status, _, _ = w.tus("DELETE", w.upload(noise(t, 10)), nil)
	if status != http.StatusNoContent {
		t.Errorf("got %d", status)
	}
}

func TestUploadRefusals(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	path := w.upload(data)
	length, meta := []string{"Upload-Length", "1000"}, []string{"Upload-Metadata", metadataOf(w.photo(data))}
	_, stranger := w.join(syncproto.RoleVolunteer)
	revoked := func() string {
		id, token := w.join(syncproto.RoleVolunteer)
		w.gone(id)
		return token
	}()
	for _, c := range []struct {
		name, method, path, token string
		header                    []string
		body                      []byte
		status                    int
		code                      syncproto.Code
	}{
		{"no token", "POST", "/v1/uploads", "-", append(length, meta...), nil, 401, syncproto.CodeTokenMissing},
		{"a revoked token", "PATCH", path, revoked, []string{"Upload-Offset", "0"}, data, 401, syncproto.CodeTokenRevoked},
		{"another version", "POST", "/v1/uploads", "", append(append([]string{"Tus-Resumable", "0.2.2"}, length...), meta...), nil, 412, syncproto.CodeUploadVersion},
		{"no version", "PATCH", path, "", []string{"Tus-Resumable", "", "Upload-Offset", "0"}, data, 412, syncproto.CodeUploadVersion},
		{"no length", "POST", "/v1/uploads", "", meta, nil, 400, syncproto.CodeInvalidValue},
		{"a negative length", "POST", "/v1/uploads", "", append([]string{"Upload-Length", "-1"}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"a length with a sign", "POST", "/v1/uploads", "", append([]string{"Upload-Length", "+1000"}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"a length of 30 digits", "POST", "/v1/uploads", "", append([]string{"Upload-Length", strings.Repeat("9", 30)}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"a length beyond 64 bits", "POST", "/v1/uploads", "", append([]string{"Upload-Length", strings.Repeat("9", 19)}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"a length and none", "POST", "/v1/uploads", "", append([]string{"Upload-Length", "1000", "Upload-Defer-Length", "1"}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"another length than announced", "POST", "/v1/uploads", "", append([]string{"Upload-Length", "1001"}, meta...), nil, 409, syncproto.CodeMediaMismatch},
		{"no metadata", "POST", "/v1/uploads", "", length, nil, 400, syncproto.CodeInvalidValue},
		{"metadata in no base64", "POST", "/v1/uploads", "", append([]string{"Upload-Metadata", "record ???"}, length...), nil, 400, syncproto.CodeInvalidValue},
		{"metadata with a record twice", "POST", "/v1/uploads", "", append([]string{"Upload-Metadata", meta[1] + "," + meta[1]}, length...), nil, 400, syncproto.CodeInvalidValue},
		{"metadata with a letter of another script", "POST", "/v1/uploads", "", append([]string{"Upload-Metadata", meta[1] + ",tên YQ=="}, length...), nil, 400, syncproto.CodeInvalidValue},
		{"metadata of a part in no base64", "POST", "/v1/uploads", "", append([]string{"Upload-Concat", "partial", "Upload-Metadata", "a ???"}, length...), nil, 400, syncproto.CodeInvalidValue},
		{"metadata with nothing between", "POST", "/v1/uploads", "", append([]string{"Upload-Metadata", "a,,b"}, length...), nil, 400, syncproto.CodeInvalidValue},
		{"an unknown record", "POST", "/v1/uploads", "", append([]string{"Upload-Metadata", metadataOf(syncproto.NewID())}, length...), nil, 404, syncproto.CodeRecordMissing},
		{"another's record", "POST", "/v1/uploads", stranger, append(length, meta...), nil, 403, syncproto.CodeForbidden},
		{"a body of another type", "POST", "/v1/uploads", "", append([]string{"Content-Type", "image/jpeg"}, append(length, meta...)...), data, 415, syncproto.CodeBadEncoding},
		{"a final with a length", "POST", "/v1/uploads", "", append([]string{"Upload-Concat", "final;" + path}, append(length, meta...)...), nil, 400, syncproto.CodeInvalidValue},
		{"a final of nothing", "POST", "/v1/uploads", "", append([]string{"Upload-Concat", "final;"}, meta...), nil, 400, syncproto.CodeInvalidValue},
		{"another's upload", "HEAD", path, stranger, nil, nil, 404, ""},
		{"bytes for another's upload", "PATCH", path, stranger, []string{"Upload-Offset", "0"}, data, 404, syncproto.CodeUploadMissing},
		{"the end of another's upload", "DELETE", path, stranger, nil, nil, 404, syncproto.CodeUploadMissing},
		{"an upload that never was", "PATCH", "/v1/uploads/" + string(syncproto.NewID()), "", []string{"Upload-Offset", "0"}, data, 404, syncproto.CodeUploadMissing},
		{"an id that is none", "PATCH", "/v1/uploads/nothing", "", []string{"Upload-Offset", "0"}, data, 404, syncproto.CodeUploadMissing},
		{"no offset", "PATCH", path, "", nil, data, 400, syncproto.CodeInvalidValue},
		{"an offset beyond the end", "PATCH", path, "", []string{"Upload-Offset", "1001"}, nil, 409, syncproto.CodeOffsetMismatch},
		{"another offset", "PATCH", path, "", []string{"Upload-Offset", "5"}, data[5:], 409, syncproto.CodeOffsetMismatch},
		{"another type", "PATCH", path, "", []string{"Upload-Offset", "0", "Content-Type", "image/jpeg"}, data, 415, syncproto.CodeBadEncoding},
		{"bytes that are packed", "PATCH", path, "", []string{"Upload-Offset", "0", "Content-Encoding", "gzip"}, data, 415, syncproto.CodeBadEncoding},
		{"more bytes than the length", "PATCH", path, "", []string{"Upload-Offset", "0"}, append(bytes.Clone(data), 'x'), 400, syncproto.CodeSizeMismatch},
		{"an unknown checksum", "PATCH", path, "", []string{"Upload-Offset", "0", "Upload-Checksum", "crc32 AAAA"}, data, 400, syncproto.CodeInvalidValue},
		{"a wrong checksum", "PATCH", path, "", []string{"Upload-Offset", "0", "Upload-Checksum", "md5 AAAAAAAAAAAAAAAAAAAAAA=="}, data, 460, syncproto.CodeHashMismatch},
		{"a method that is none here", "PUT", path, "", nil, data, 405, syncproto.CodeMethod},
		{"a question with nothing in it", "POST", "/v1/media/ask", "", []string{"Content-Type", "application/json"}, []byte(`{}`), 400, syncproto.CodeMissingMember},
		{"too long a question", "POST", "/v1/media/ask", "", []string{"Content-Type", "application/json"}, make([]byte, 70<<10), 413, syncproto.CodeTooLarge},
		{"a question without a token", "POST", "/v1/media/ask", "-", []string{"Content-Type", "application/json"}, []byte(`{"items":[]}`), 401, syncproto.CodeTokenMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			token := w.token
			defer func() { w.token = token }()
			switch c.token {
			case "":
			case "-":
				w.token = ""
			default:
				w.token = c.token
			}
			status, body, header := w.tus(c.method, c.path, c.body, c.header...)
			if c.method == "HEAD" {
				if status != c.status {
					t.Errorf("got %d, want %d", status, c.status)
				}
			} else {
				wantProblem(t, status, body, c.status, c.code)
			}
			if strings.HasPrefix(c.path, "/v1/uploads") && header.Get("Tus-Resumable") != "1.0.0" {
				t.Error("no Tus-Resumable in the answer")
			}
			if c.status == 412 && header.Get("Tus-Version") != "1.0.0" {
				t.Error("no Tus-Version in the answer")
			}
			if c.status == 401 && header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate in the answer")
			}
		})
	}
	w.t = t
	if n := w.offset(path); n != 0 {
		t.Errorf("a refusal left %d bytes", n)
	}
}

// TestUploadMethodsInAHeader serves networks that let nothing but POST through. The answer is framed for the POST.
func TestUploadMethodsInAHeader(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	path := w.upload(data)
	status, _, _ := w.tus("POST", path, data[:300], "X-HTTP-Method-Override", "PATCH", "Upload-Offset", "0")
	if status != http.StatusNoContent {
		t.Errorf("PATCH: got %d", status)
	}
	status, _, header := w.tus("POST", path, nil, "X-HTTP-Method-Override", "HEAD")
	if status != http.StatusOK || header.Get("Upload-Offset") != "300" {
		t.Errorf("HEAD: got %d %v", status, header)
	}
	status, body, _ := w.tus("POST", "/v1/uploads/"+string(syncproto.NewID()), nil, "X-HTTP-Method-Override", "HEAD")
	wantProblem(t, status, body, http.StatusNotFound, syncproto.CodeUploadMissing)
	status, _, header = w.tus("GET", path, nil, "X-HTTP-Method-Override", "HEAD")
	if status != http.StatusOK || header.Get("Upload-Offset") != "300" {
		t.Errorf("HEAD in a GET: got %d %v", status, header)
	}
	status, _, _ = w.tus("GET", path, nil)
	if status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d", status)
	}
	status, _, _ = w.tus("POST", path, nil, "X-HTTP-Method-Override", "DELETE")
	if status != http.StatusNoContent {
		t.Errorf("DELETE: got %d", status)
	}
	status, _, _ = w.tus("POST", path, nil, "X-HTTP-Method-Override", "BREW")
	if status != http.StatusMethodNotAllowed {
		t.Errorf("BREW: got %d", status)
	}
}

func TestCreationWithUploadOnOneConnection(t *testing.T) {
	w := newWorld(t)
	conn, r := w.dial()
	for range 3 { // kept alive
		data := noise(t, 20000)
		fmt.Fprintf(conn, "POST /v1/uploads HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\n"+
			"Content-Type: application/offset+octet-stream\r\nUpload-Length: %d\r\nUpload-Metadata: %s\r\nContent-Length: %d\r\n\r\n%s",
			w.token, len(data), metadataOf(w.photo(data)), len(data), data)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusCreated || resp.Header.Get("Upload-Offset") != "20000" || resp.Close {
			t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
		}
	}
}

func TestConcatenationOverTus(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 200*100) // 200 parts: a header of 12 KiB
	var list []string
	for i := range 200 {
		piece := data[i*100 : i*100+100]
		status, body, header := w.tus("POST", "/v1/uploads", piece, "Upload-Length", "100", "Upload-Concat", "partial")
		if status != http.StatusCreated {
			t.Fatalf("got %d %s", status, body)
		}
		list = append(list, "https://lantoa.example.vn/v1/"+header.Get("Location"))
	}
	w.uploadsOpen(t, 200) // as many as one person may have; what joins them needs no more room
	status, body, header := w.tus("POST", "/v1/uploads", nil, "Upload-Concat", "final;"+strings.Join(list, " "), "Upload-Metadata", metadataOf(w.photo(data)))
	if status != http.StatusCreated || header.Get("Upload-Offset") != strconv.Itoa(len(data)) {
		t.Fatalf("got %d %s %v", status, body, header)
	}
	_, _, header = w.tus("HEAD", "/v1/"+header.Get("Location"), nil)
	if !strings.HasPrefix(header.Get("Upload-Concat"), "final;/v1/uploads/") {
		t.Errorf("got %v", header)
	}
}

func (w *world) uploadsOpen(t *testing.T, want int) {
	t.Helper()
	err := w.store.View(t.Context(), func(r storage.Reader) error {
		d, err := r.Device(w.device)
		if err != nil {
			return err
		}
		n, _, _, err := r.UploadsOpen(d.Person)
		if n != want {
			t.Errorf("%d uploads are open, want %d", n, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAskOverHTTP(t *testing.T) {
	w := newWorld(t)
	record := w.photo(noise(t, 10))
	ask := &syncproto.MediaAsk{Items: []syncproto.MediaItem{{Record: record, Lane: syncproto.LaneOriginal}}}
	status, body, _ := w.post("/v1/media/ask", w.token, syncproto.AppendMediaAsk(nil, ask), nil)
	if status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	answer, err := syncproto.DecodeMediaAnswer(body)
	if err != nil || len(answer.Items) != 1 || answer.Items[0].State != syncproto.MediaNeed {
		t.Errorf("got %+v, %v", answer, err)
	}
}

// TestUploadsInSimulations takes a file by calling the handlers.
func TestUploadsInSimulations(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://lantoa.test/v1/uploads", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + w.token, "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream",
		"Upload-Length": "1000", "Upload-Metadata": metadataOf(w.photo(data)),
	} {
		req.Header.Set(name, value)
	}
	resp, err := w.api.Transport().RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusCreated || resp.Header.Get("Upload-Offset") != "1000" {
		t.Errorf("got %v, %v", resp, err)
	}
}

// TestUploadsAreCountedByRoute keeps ids out of the metrics.
func TestUploadsAreCountedByRoute(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.offset(w.upload(noise(t, 10)))
	}
	_, body, _ := w.do("GET", "/metrics", "", nil, nil)
	if text := string(body); !strings.Contains(text, `lantoa_requests_total{route="/v1/uploads/:upload",status="200"} 3`) {
		t.Errorf("got %s", text)
	}
}

// TestShutdownEndsUploads waits for no phone that is silent, and keeps what it sent.
func TestShutdownEndsUploads(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 100<<10)
	path := w.upload(data)
	before := w.uploads.Stats().Received
	conn, _ := w.dial()
	if _, err := conn.Write(append([]byte(w.patchHead(path, 0, len(data))), data[:50000]...)); err != nil {
		t.Fatal(err)
	}
	w.received(before, 50000)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second) // a stalled body has a minute
	defer cancel()
	if err := w.api.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	err := w.store.View(t.Context(), func(r storage.Reader) error {
		u, err := r.Upload(syncproto.ID(path[strings.LastIndexByte(path, '/')+1:]))
		if err == nil && u.Offset != 50000 {
			t.Errorf("got offset %d", u.Offset)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
