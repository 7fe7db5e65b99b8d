package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"io"
	"net/http"
	"path/filepath"
	"slices"

	_ "image/jpeg" // the small copies
	_ "image/png"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

// gallery is what the judge found out about the files of the week.
type gallery struct {
	w      *week
	reader string // token of an editor of the whole province, who was not there

	originals int // that the server gave back as the camera wrote them
	waiting   int // promised, and not there
	copies    map[syncproto.Lane]int
	show      syncproto.ID // a photo for whoever wants to see one
	corners   int          // pictures whose corner was looked at
	stored    int64
	distinct  int
	parked    map[syncproto.Code]int
	sent      int64 // bytes on the wire, upwards
	worth     int64 // bytes of the files that arrived

	missing, altered, telling, turned, open, held, twice []string // what breaks an invariant
}

// visit looks at every file of the week over HTTP, as the people do who may and who may not.
func (w *week) visit(ctx context.Context) (*gallery, error) {
	g := &gallery{w: w, copies: map[syncproto.Lane]int{}, parked: map[syncproto.Code]int{}}
	var err error
	if g.reader, err = w.visitor(ctx); err != nil {
		return nil, err
	}
	if err := g.phones(ctx); err != nil {
		return nil, err
	}
	for i := range w.book.shots {
		s := &w.book.shots[i]
		if w.book.erased[s.record] {
			continue // traces looks for what is left of it
		}
		if s.code == "" {
			if err := g.original(ctx, s); err != nil {
				return nil, err
			}
		}
		if err := g.doors(ctx, i, s); err != nil {
			return nil, err
		}
		if err := g.served(ctx, i, s); err != nil {
			return nil, err
		}
	}
	return g, g.inStore(ctx)
}

// visitor enrols somebody who captured nothing and may see what editors of the province see.
func (w *week) visitor(ctx context.Context) (token string, err error) {
	code, err := w.server.Invite(ctx, w.units[0].id, syncproto.RoleEditor, w.word("demo.guest"))
	if err != nil {
		return "", err
	}
	over := newLink(w.http, w.Seed)
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: filepath.Join(w.Dir, "visitor.db"), App: "lantoa-demo", Transport: over})
	if err != nil {
		return "", err
	}
	defer e.Close()
	if err := e.Enroll(ctx, w.server.URL(), code); err != nil {
		return "", err
	}
	_, err = e.Sync(ctx)
	return over.token, err
}

// phones adds up what phones say of their files. A copied phone brought nothing of its own.
func (g *gallery) phones(ctx context.Context) error {
	known, expected := map[string]bool{}, map[syncproto.ID]syncproto.Code{}
	for i := range g.w.book.shots {
		expected[g.w.book.shots[i].record] = g.w.book.shots[i].code
	}
	for _, p := range g.w.phones {
		up, err := p.spent(ctx)
		if err != nil {
			return err
		}
		g.sent += up
		if w := g.w.gone; w != nil && w.author == p {
			g.worth += w.shot.size // it was sent before its consent was withdrawn
		}
		files, err := p.files(ctx)
		if err != nil {
			return err
		}
		for _, f := range files {
			if lane := string(f.Record) + string(f.Lane); !known[lane] {
				known[lane] = true
				sum, err := p.announced(ctx, f.Record, f.Lane)
				if err != nil {
					return err
				}
				g.rests(p, f, expected[f.Record], known, p.name+sum)
			}
		}
	}
	return nil
}

// announced returns the hash of a file, as its record names it.
func (p *phone) announced(ctx context.Context, record syncproto.ID, lane syncproto.Lane) (string, error) {
	it, err := p.engine.Show(ctx, record)
	if err != nil {
		return "", err
	}
	media, _ := syncproto.MediaOf(&syncproto.Record{Kind: it.Kind, Fields: it.Fields})
	file, _ := media.File(lane)
	return file.SHA256, nil
}

// rests says where a file came to rest. Bytes that one person has in several photos, or in several lanes of one, travel
// once and are worth that.
func (g *gallery) rests(p *phone, f mobilesdk.MediaItem, expected syncproto.Code, known map[string]bool, bytes string) {
	switch {
	case f.State == mobilesdk.FileReceived || f.State == mobilesdk.FileFreed:
		if !known[bytes] {
			g.worth += f.Size
		}
		known[bytes] = true
	case f.State == mobilesdk.FileParked && f.Lane == syncproto.LaneOriginal && expected == f.Code:
		g.parked[f.Code]++
	case f.State != mobilesdk.FileUnwanted:
		g.held = append(g.held, fmt.Sprintf("%s: %s %s: %s %s", p.name, f.Record, f.Lane, f.State, f.Code))
	}
}

// get asks for a file as the bearer of a token. The body is read whole.
func (g *gallery) get(ctx context.Context, token string, record syncproto.ID, lane syncproto.Lane) (status int, body []byte, err error) {
	url := g.w.server.URL() + "/v1/media/" + string(record) + "/" + string(lane)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func (g *gallery) author(s *shot) string { return g.w.phones[s.phone].link.token }

func (g *gallery) name(s *shot) string { return g.w.phones[s.phone].name + ": " + string(s.record) }

// original fetches a file as its author and holds it against what the camera wrote.
func (g *gallery) original(ctx context.Context, s *shot) error {
	if g.w.phones[s.phone].closed != "" {
		return g.orphan(ctx, s)
	}
	status, body, err := g.get(ctx, g.author(s), s.record, syncproto.LaneOriginal)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	switch {
	case status != http.StatusOK:
		g.waiting++
		g.missing = append(g.missing, fmt.Sprintf("%s: %d %s", g.name(s), status, body))
	case hex.EncodeToString(sum[:]) != s.sum:
		g.altered = append(g.altered, g.name(s))
	default:
		g.originals++
	}
	return nil
}

// orphan looks for a file of somebody who left, and whom nobody can ask, where the server keeps it.
func (g *gallery) orphan(ctx context.Context, s *shot) error {
	id, err := storage.ParseBlobID(s.sum)
	if err != nil {
		return err
	}
	if _, err := g.w.server.Blobs().Stat(ctx, id); err != nil {
		g.missing = append(g.missing, g.name(s))
		return nil
	}
	g.originals++
	return nil
}

// doors tries to get an original without the right to: as a volunteer of another story, and as nobody.
func (g *gallery) doors(ctx context.Context, i int, s *shot) error {
	others := g.w.phones
	for n := range others {
		other := others[(i+n)%len(others)]
		if other.role != syncproto.RoleVolunteer || other.name == g.w.phones[s.phone].name {
			continue
		}
		tokens := []string{other.link.token, ""}
		if i%32 > 0 { // who has no token is soon not answered at all
			tokens = tokens[:1]
		}
		for _, token := range tokens {
			status, _, err := g.get(ctx, token, s.record, syncproto.LaneOriginal)
			if err != nil {
				return err
			}
			if refused := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}; !slices.Contains(refused, status) {
				g.open = append(g.open, fmt.Sprintf("%s: %s %d", g.name(s), other.name, status))
			}
		}
		return nil
	}
	return nil
}

// served fetches the small copies as somebody else who may see them, or for a draft as its author, and looks for what
// they must not tell.
func (g *gallery) served(ctx context.Context, i int, s *shot) error {
	for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay} {
		status, body, err := g.get(ctx, g.reader, s.record, lane)
		if status == http.StatusNotFound {
			status, body, err = g.get(ctx, g.author(s), s.record, lane)
		}
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			if g.w.phones[s.phone].closed != "" {
				continue // of a draft that nobody may see any more
			}
			if s.code == "" && (s.picture || lane == syncproto.LaneDisplay) {
				g.missing = append(g.missing, fmt.Sprintf("%s %s: %d %s", g.name(s), lane, status, body))
			}
			continue
		}
		g.copies[lane]++
		if lane == syncproto.LaneDisplay && s.orientation > 0 {
			g.show = s.record
		}
		if sample.HasPosition(body) {
			g.telling = append(g.telling, g.name(s)+" "+string(lane))
		}
		if s.orientation > 0 && (lane == syncproto.LaneThumbnail || i%8 == 0) {
			g.corners++
			if !upright(body) {
				g.turned = append(g.turned, g.name(s)+" "+string(lane))
			}
		}
	}
	return nil
}

// upright reports whether the corner that is red in every sample is top left when the picture is shown as its
// orientation says.
func upright(body []byte) bool {
	file, err := mediafile.Read(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return false
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return false
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	in := max(min(w, h)/16, 1)
	x, y := in, in
	switch file.Info.Orientation {
	case 2, 8:
		x = w - in
	case 3, 7:
		x, y = w-in, h-in
	case 4, 6:
		y = h - in
	}
	r, green, b, _ := img.At(x, y).RGBA()
	return r > 0xa000 && green < 0x6000 && b < 0x6000
}

// inStore counts what the server keeps, and finds what it keeps twice or without a link of each who brought it.
func (g *gallery) inStore(ctx context.Context) error {
	return g.w.server.Store().View(ctx, func(r storage.Reader) error {
		for after := (storage.BlobID{}); ; {
			list, err := r.MediaList(after, 500)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return g.shared(r)
			}
			for i := range list {
				g.distinct++
				g.stored += list[i].Size
			}
			after = list[len(list)-1].ID
		}
	})
}

// shared sees to it that files which several people brought are one file that all their photos name.
func (g *gallery) shared(r storage.Reader) error {
	bringers := map[string]map[syncproto.ID]bool{}
	for i := range g.w.book.shots {
		s := &g.w.book.shots[i]
		if g.w.book.erased[s.record] {
			continue
		}
		if bringers[s.sum] == nil {
			bringers[s.sum] = map[syncproto.ID]bool{}
		}
		bringers[s.sum][s.record] = true
	}
	for sum, records := range bringers {
		id, err := storage.ParseBlobID(sum)
		if err != nil || len(records) < 2 {
			continue
		}
		links, err := r.MediaLinks(id)
		if err != nil {
			return err
		}
		for _, link := range links {
			if link.Lane == syncproto.LaneOriginal {
				delete(records, link.Record)
			}
		}
		if len(records) > 0 {
			g.twice = append(g.twice, sum)
		}
	}
	return nil
}

// findings are the invariants of files.
func (g *gallery) findings() []finding {
	for code, n := range g.expected() {
		if g.parked[code] != n {
			g.held = append(g.held, fmt.Sprintf("%s: %d, %d", code, n, g.parked[code]))
		}
	}
	return []finding{
		{"demo.check_files", g.missing},
		{"demo.check_hash", g.altered},
		{"demo.check_parked", g.held},
		{"demo.check_position", g.telling},
		{"demo.check_upright", g.turned},
		{"demo.check_original", g.open},
		{"demo.check_stored_once", g.twice},
	}
}

// expected counts the files that had to be parked.
func (g *gallery) expected() map[syncproto.Code]int {
	out := map[syncproto.Code]int{}
	for i := range g.w.book.shots {
		if code := g.w.book.shots[i].code; code != "" {
			out[code]++
		}
	}
	return out
}
