package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// bringer is a phone that brings one file, by hand: it knows exactly which bytes it has given to the network.
type bringer struct {
	t      testing.TB
	url    string
	token  string
	unit   syncproto.ID
	photos int // announced so far
	data   []byte
	record syncproto.ID
}

// newBringer enrolls a phone and sends the record of a photo of these bytes.
func newBringer(t testing.TB, url, code string, data []byte) *bringer {
	t.Helper()
	b := &bringer{t: t, url: url}
	ask := syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22), Name: "Lan",
	})
	resp, err := syncproto.DecodeEnrollResponse(b.must("POST", "/v1/enroll", ask, http.StatusOK))
	if err != nil {
		t.Fatal(err)
	}
	b.token, b.unit = resp.Token, resp.Unit
	b.announce(data)
	return b
}

// announce sends the record of one more photo, whose file is what is brought from now on.
func (b *bringer) announce(data []byte) {
	b.t.Helper()
	b.data, b.record = data, syncproto.NewID()
	b.photos++
	m := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: b.blob().String(), Size: int64(len(data))}, Type: "video/mp4"}
	round := fmt.Sprintf(`{"app":"e2e","cursor":"","mutations":[{"captured":{"device":1},"id":"%s","kind":"photo","n":%d,"record":"%s","set":{"media":%s},"unit":"%s"}],"protocol":1}`,
		syncproto.NewID(), b.photos, b.record, string(m.Value()), b.unit)
	answer, err := syncproto.DecodeSyncResponse(b.must("POST", "/v1/sync", []byte(round), http.StatusOK))
	if err != nil || len(answer.Outcomes) != 1 || answer.Outcomes[0].Result != syncproto.Applied {
		b.t.Fatalf("the record: got %+v, %v", answer, err)
	}
}

func (b *bringer) blob() storage.BlobID { return sha256.Sum256(b.data) }

func (b *bringer) metadata() string {
	return "record " + base64.StdEncoding.EncodeToString([]byte(b.record))
}

func (b *bringer) request(method, path string, body io.Reader, pairs ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(background, method, b.url+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/v1/uploads") {
		req.Header.Set("Tus-Resumable", "1.0.0")
		req.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	return http.DefaultClient.Do(req)
}

// must asks for what cannot fail and returns the answer's body.
func (b *bringer) must(method, path string, body []byte, want int, pairs ...string) []byte {
	b.t.Helper()
	resp, err := b.request(method, path, bytes.NewReader(body), pairs...)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		b.t.Fatalf("%s %s: got %d %s, %v", method, path, resp.StatusCode, got, err)
	}
	return got
}

// create makes the upload and returns its path.
func (b *bringer) create() string {
	b.t.Helper()
	resp, err := b.request("POST", "/v1/uploads", nil, "Upload-Length", strconv.Itoa(len(b.data)), "Upload-Metadata", b.metadata())
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		b.t.Fatalf("create: got %d", resp.StatusCode)
	}
	return "/v1/" + resp.Header.Get("Location")
}

// look asks for the offset.
func (b *bringer) look(path string) int {
	b.t.Helper()
	resp, err := b.request("HEAD", path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	offset, err := strconv.Atoi(resp.Header.Get("Upload-Offset"))
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("look: got %d %v", resp.StatusCode, resp.Header)
	}
	return offset
}

// ask returns how the file stands, without touching a request that brings it.
func (b *bringer) ask() syncproto.MediaStatus {
	b.t.Helper()
	body := syncproto.AppendMediaAsk(nil, &syncproto.MediaAsk{Items: []syncproto.MediaItem{{Record: b.record, Lane: syncproto.LaneOriginal}}})
	answer, err := syncproto.DecodeMediaAnswer(b.must("POST", "/v1/media/ask", body, http.StatusOK))
	if err != nil || len(answer.Items) != 1 {
		b.t.Fatalf("got %+v, %v", answer, err)
	}
	return answer.Items[0]
}

// stored holds the blob in a data directory against what was sent. What the server thinks of it as a photo is nothing
// here: it is noise.
func (b *bringer) stored(dir string) {
	b.t.Helper()
	if st := b.ask(); st.State != syncproto.MediaStored && st.Code != syncproto.CodeMediaUnsupported {
		b.t.Errorf("got %+v", st)
	}
	id := b.blob().String()
	got, err := os.ReadFile(filepath.Join(dir, "media", "blobs", id[:2], id))
	if err != nil || !bytes.Equal(got, b.data) {
		b.t.Errorf("the stored file is another: %v", err)
	}
}

// gated is a body that gives no more than it was let.
type gated struct {
	data []byte
	at   int
	more chan int // further bytes that may go
	left int
}

var errGateClosed = errors.New("no more is let through")

func (g *gated) Read(p []byte) (int, error) {
	if g.at == len(g.data) {
		return 0, io.EOF
	}
	if g.left == 0 {
		more, ok := <-g.more
		if !ok {
			return 0, errGateClosed
		}
		g.left = more
	}
	n := copy(p[:min(len(p), g.left)], g.data[g.at:])
	g.at, g.left = g.at+n, g.left-n
	return n, nil
}

const (
	killedFile  = 48 << 20
	killedSteps = 512 << 10 // bytes between two looks
	maxLoss     = 8 << 20   // S-166
)

// TestKilledUpload kills the server again and again while a file comes, at points that chance draws: of what it had
// received, 8 MiB at most come again, and in the end the file is the one that was sent.
func TestKilledUpload(t *testing.T) {
	slow(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, killedFile)
	rand.NewChaCha8([32]byte{byte(seed)}).Read(data)
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), address: freeAddress(t)}
	v.start()
	defer func() { v.kill() }()
	b := newBringer(t, "http://"+v.address, v.codes[0], data)
	path := b.create()
	most, sent := 0, 0
	for offset := 0; offset < len(data); {
		had, written, end := b.bringUntil(path, offset, random.IntN(14<<20))
		sent += written - offset
		v.kill()
		end()
		http.DefaultClient.CloseIdleConnections() // to the dead one
		v.start()
		offset = b.look(path)
		if had-offset > maxLoss {
			t.Fatalf("of %d bytes that were received %d are left", had, offset)
		}
		most = max(most, had-offset)
	}
	for b.ask().State == syncproto.MediaChecking { // the sweep at the start goes on with it
	}
	b.stored(v.data)
	t.Logf("the server was killed %d times; it lost %d KiB at most; %.3f of the file were sent", v.kills, most>>10, float64(sent)/killedFile)
}

// bringUntil sends from an offset on until more bytes have come, and returns how many the server has received then,
// and how many have been given to the network. The request goes on until its end is called.
func (b *bringer) bringUntil(path string, offset, more int) (had, written int, end func()) {
	body := &gated{data: b.data[offset:], more: make(chan int)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err := b.request("PATCH", path, body, "Upload-Offset", strconv.Itoa(offset))
		if err == nil {
			resp.Body.Close()
		}
	}()
	grant := func(n int) {
		select {
		case body.more <- n:
		case <-done:
			b.t.Fatal("the request ended by itself")
		}
	}
	had, granted := offset, offset
	for granted < min(offset+more, len(b.data)) {
		n := min(killedSteps, len(b.data)-granted)
		grant(n)
		granted += n
		for had < granted {
			st := b.ask()
			if st.State != syncproto.MediaReceiving {
				had = len(b.data) // whole
				break
			}
			had = int(st.Offset)
		}
	}
	if granted < len(b.data) { // and something that is on its way
		n := min(killedSteps, len(b.data)-granted)
		grant(n)
		granted += n
	}
	return had, granted, func() {
		close(body.more)
		<-done
	}
}
