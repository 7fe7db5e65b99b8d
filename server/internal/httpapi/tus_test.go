package httpapi_test

import (
	"net/http"
	"testing"

	"lantoa/syncproto"
)

// TestALengthThatIsSaidLaterOverTus says it once, and not otherwise.
func TestALengthThatIsSaidLaterOverTus(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 3000)
	status, body, header := w.tus("POST", "/v1/uploads", nil, "Upload-Defer-Length", "1", "Upload-Metadata", metadataOf(w.photo(data)))
	if status != http.StatusCreated {
		t.Fatalf("got %d %s", status, body)
	}
	path := "/v1/" + header.Get("Location")
	look := func(length, deferred string) {
		t.Helper()
		_, _, header := w.tus("HEAD", path, nil)
		if header.Get("Upload-Length") != length || header.Get("Upload-Defer-Length") != deferred {
			t.Errorf("got %v", header)
		}
	}
	look("", "1")
	if status, body, _ = w.tus("PATCH", path, data[:1000], "Upload-Offset", "0"); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	look("", "1")
	status, body, _ = w.tus("PATCH", path, data[1000:2000], "Upload-Offset", "1000", "Upload-Length", "3001")
	wantProblem(t, status, body, http.StatusConflict, syncproto.CodeMediaMismatch)
	if status, body, _ = w.tus("PATCH", path, data[1000:2000], "Upload-Offset", "1000", "Upload-Length", "3000"); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	look("3000", "")
	status, body, _ = w.tus("PATCH", path, data[2000:], "Upload-Offset", "2000", "Upload-Length", "2999")
	wantProblem(t, status, body, http.StatusConflict, syncproto.CodeMediaMismatch)
	if status, body, _ = w.tus("PATCH", path, data[2000:], "Upload-Offset", "2000"); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	look("3000", "")
}

// TestAFinalUploadOverTus refuses bytes also when it is done, and says of parts in a wrong order what is wrong.
func TestAFinalUploadOverTus(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 200)
	var parts []string
	for _, piece := range [][]byte{data[:100], data[100:]} {
		_, _, header := w.tus("POST", "/v1/uploads", piece, "Upload-Length", "100", "Upload-Concat", "partial")
		parts = append(parts, "/v1/"+header.Get("Location"))
	}
	meta := metadataOf(w.photo(data))
	status, body, _ := w.tus("POST", "/v1/uploads", nil, "Upload-Concat", "final;"+parts[1]+" "+parts[0], "Upload-Metadata", meta)
	wantProblem(t, status, body, 460, syncproto.CodeHashMismatch)
	status, body, header := w.tus("POST", "/v1/uploads", nil, "Upload-Concat", "final;"+parts[0]+" "+parts[1], "Upload-Metadata", meta)
	if status != http.StatusCreated {
		t.Fatalf("got %d %s", status, body)
	}
	path := "/v1/" + header.Get("Location")
	status, body, _ = w.tus("PATCH", path, nil, "Upload-Offset", "200")
	wantProblem(t, status, body, http.StatusForbidden, syncproto.CodeForbidden)
	_, _, header = w.tus("HEAD", path, nil)
	if header.Get("Upload-Offset") != "200" || header.Get("Upload-Length") != "200" || header.Get("Upload-Concat") != "final;"+parts[0]+" "+parts[1] {
		t.Errorf("got %v", header)
	}
}
