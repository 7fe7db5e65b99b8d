package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"lantoa/server/web/console"
)

// assets are the styles, scripts and pictures. Their path names what all of them hold, so that browsers keep them for
// good, modules may import each other by relative paths, and no page ever runs with half of another version.
type assets struct {
	version string
	files   map[string]asset
}

type asset struct {
	kind          string
	plain, packed []byte // packed is nil where it gains nothing
}

func loadAssets() *assets {
	a := &assets{files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(console.Files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := console.Files.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name))
		sum.Write(data)
		a.files[strings.TrimPrefix(name, "static/")] = asset{kind: kindOf(name), plain: data, packed: pack(data)}
		return nil
	})
	if err != nil {
		panic(err)
	}
	a.version = hex.EncodeToString(sum.Sum(nil)[:8])
	return a
}

// kindOf does not ask the system's table, which differs between machines.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".webmanifest":
		return "application/json"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func pack(data []byte) []byte {
	var out bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = zip.Write(data) // into memory
	_ = zip.Close()
	if out.Len() >= len(data) {
		return nil
	}
	return out.Bytes()
}

// path is where browsers find an asset. One that is not there cannot leave the tests.
func (a *assets) path(name string) string {
	if _, ok := a.files[name]; !ok {
		panic("no asset " + name)
	}
	return Root + "/static/" + a.version + "/" + name
}

func (a *assets) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	version, name, _ := strings.Cut(strings.TrimPrefix(hr.URL.Path, Root+"/static/"), "/")
	file, ok := a.files[name]
	if !ok || version != a.version {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "no such file in this version; please reload the page", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	data := file.plain
	if file.packed != nil && strings.Contains(hr.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		data = file.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}
