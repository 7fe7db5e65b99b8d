package mobilesdk

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"

	"lantoa/syncproto"
)

// A bundle is everything unsent of a profile as a file of JSON lines: a header, one line an item, and a last line with
// the SHA-256 of everything before it. It is how work leaves a phone that cannot sync: broken, revoked, or without
// network for weeks.

const (
	bundleFormat  = "lantoa-outbox"
	bundleVersion = 1
	// maxLine bounds one line: a mutation at its limit, the prose it was based on, and the names around them.
	maxLine = 2 * syncproto.MaxMutationBytes
)

type bundleHeader struct {
	Format  string       `json:"format"`
	Version int          `json:"version"`
	Person  syncproto.ID `json:"person"`
	Device  syncproto.ID `json:"device"`
	Created int64        `json:"created"`
	Count   int64        `json:"count"`
	// Unclaimed says that the phone was not enrolled: the work is of whoever takes it in.
	Unclaimed bool `json:"unclaimed,omitempty"`
	// Files says how many originals were on that phone alone when the file was written, and FileBytes their size: they
	// are not in it. An item that announces one has its hash and size in the field media.
	Files     int64 `json:"files,omitempty"`
	FileBytes int64 `json:"file_bytes,omitempty"`
}

// bundleItem is one mutation under its first identity.
type bundleItem struct {
	Device   syncproto.ID     `json:"device"`
	Number   int64            `json:"n"`
	Epoch    string           `json:"epoch,omitempty"`
	Captured int64            `json:"captured"`
	Base     syncproto.Fields `json:"base,omitempty"`
	Refused  bool             `json:"refused,omitempty"`
	Code     syncproto.Code   `json:"code,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Mutation json.RawMessage  `json:"mutation"`
}

type bundleTrailer struct {
	SHA256 string `json:"sha256"`
}

// bundleWriter writes lines and adds up their hash.
type bundleWriter struct {
	out *bufio.Writer
	sum hash.Hash
}

func newBundleWriter(w io.Writer) *bundleWriter {
	return &bundleWriter{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
}

func (b *bundleWriter) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	b.sum.Write(text)
	_, err = b.out.Write(text)
	return err
}

func (b *bundleWriter) end() error {
	if err := b.line(bundleTrailer{SHA256: hex.EncodeToString(b.sum.Sum(nil))}); err != nil {
		return err
	}
	return b.out.Flush()
}

func broken(cause error) error { return syncproto.E(syncproto.CodeBundleBroken, "read bundle", cause) }

// readBundle checks a whole file, line by line, in bounded memory. It calls item for each item as it passes; only when
// readBundle returns nil was the file whole.
func readBundle(path string, check func(*bundleHeader) error, item func(i int64, line []byte) error) (*bundleHeader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, chosenError("open bundle", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	lines.Split(splitLines)
	sum := sha256.New()
	h := &bundleHeader{}
	if !lines.Scan() {
		return nil, broken(lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), h); err != nil || h.Format != bundleFormat {
		return nil, broken(err)
	}
	if h.Version > bundleVersion {
		return nil, syncproto.E(syncproto.CodeBundleNewer, "read bundle", nil)
	}
	if err := check(h); err != nil {
		return nil, err
	}
	sum.Write(lines.Bytes())
	for i := int64(1); i <= h.Count; i++ {
		if !lines.Scan() {
			return nil, broken(lines.Err())
		}
		sum.Write(lines.Bytes())
		if err := item(i, lines.Bytes()); err != nil {
			return nil, err
		}
	}
	want := hex.EncodeToString(sum.Sum(nil))
	trailer := bundleTrailer{}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &trailer) != nil || trailer.SHA256 != want {
		return nil, broken(errors.New("sum differs"))
	}
	if lines.Scan() {
		return nil, broken(errors.New("bytes after the end"))
	}
	return h, nil
}

// splitLines yields lines with their ending, so that the sum covers every byte.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// readItem decodes one line and checks that the server would be able to read its mutation.
func readItem(line []byte) (*bundleItem, *syncproto.Mutation, error) {
	it := &bundleItem{}
	if err := json.Unmarshal(line, it); err != nil {
		return nil, nil, broken(err)
	}
	m, err := syncproto.DecodeMutation(it.Mutation)
	if err != nil || !it.Device.Valid() || it.Number == 0 || !m.Record.Valid() || len(it.Mutation) > syncproto.MaxMutationBytes {
		return nil, nil, broken(err)
	}
	return it, m, nil
}
