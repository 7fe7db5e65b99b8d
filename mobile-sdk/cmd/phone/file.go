package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	_ "image/gif" // dimensions of the types that phones take
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"net/http"
	"os"

	"lantoa/syncproto"
)

// describeFile makes the media field of a photo: what the file is, by its content. Its bytes are not sent by this
// version of the engine; the hash is what an upload will have to match.
func describeFile(path string) (syncproto.Value, error) {
	f, err := os.Open(path)
	if err != nil {
		code := syncproto.CodeStoreReadOnly
		if errors.Is(err, fs.ErrNotExist) {
			code = syncproto.CodeNotThere
		}
		return "", &syncproto.Error{Code: code, Op: "open the photo's file", Detail: path, Err: err}
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", syncproto.E(syncproto.CodeInternal, "read the photo's file", err)
	}
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		return "", syncproto.E(syncproto.CodeStoreBroken, "read the photo's file", err)
	}
	media := syncproto.Fields{
		"sha256": syncproto.Text(hex.EncodeToString(hash.Sum(nil))),
		"size":   syncproto.Int(size),
		"type":   syncproto.Text(http.DetectContentType(head[:n])),
	}
	if _, err := f.Seek(0, io.SeekStart); err == nil {
		if c, _, err := image.DecodeConfig(f); err == nil {
			media["width"], media["height"] = syncproto.Int(int64(c.Width)), syncproto.Int(int64(c.Height))
		}
	}
	return syncproto.Object(media), nil
}
