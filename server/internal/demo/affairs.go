package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// The units that merge, by their place in the province: the first ends and the second goes on. An editor of the first
// answers for what comes late.
const (
	endingUnit, staysUnit = 4, 6
)

// affairs are what changes in the association itself.
func (w *week) affairs(ctx context.Context, day int) error {
	if day == mergeDay {
		if err := w.merge(ctx); err != nil {
			return fmt.Errorf("merge units: %w", err)
		}
	}
	if day == closeDay {
		if err := w.closeAccount(ctx, w.phones[w.leaver()]); err != nil {
			return fmt.Errorf("close an account: %w", err)
		}
	}
	if day >= withdrawDay && w.gone == nil {
		if err := w.withdraw(ctx); err != nil {
			return fmt.Errorf("withdraw a consent: %w", err)
		}
	}
	return nil
}

// leaver is the phone whose person leaves.
func (w *week) leaver() int {
	if leavingPhone < w.Phones {
		return leavingPhone
	}
	return leavingSmall
}

// merge ends a unit. Phones that are away know nothing of it.
func (w *week) merge(ctx context.Context) error {
	old, on := w.units[endingUnit], w.units[staysUnit]
	change := map[string]any{"act": "merge", "unit": on.id, "units": []syncproto.ID{old.id}, "carry": true}
	if err := w.operator.send(ctx, http.MethodPost, "/v1/units/changes", map[string]any{"changes": []any{change}}, nil); err != nil {
		return err
	}
	w.merged = time.Now().UnixMilli()
	w.note("demo.merged", map[string]string{"old": old.name, "new": on.name})
	return nil
}

// late finds what came for the unit that had ended, and is not at its successor's desk or was not reviewed there.
func (w *week) late(r storage.Reader) (n int, broken []string, err error) {
	on := w.units[staysUnit].id
	for id := range w.book.records {
		row, err := r.Submission(id)
		if syncproto.KindOf(err) == syncproto.NotFound {
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		stored, err := r.Record(id)
		if err != nil {
			return 0, nil, err
		}
		p := w.phones[w.book.makers[id]]
		if p.unit != w.units[endingUnit].name || stored.Record.Received < w.merged {
			continue
		}
		n++
		waits := row.State == syncproto.StateSubmitted || row.State == syncproto.StateResubmitted || row.State == syncproto.StateUnclaimed
		if row.Unit != on || waits {
			broken = append(broken, fmt.Sprintf("%s: %s, %s", id, row.Unit, row.State))
		}
	}
	if n > 0 && w.done.followed == 0 {
		broken = append(broken, "no editor followed")
	}
	return n, broken, nil
}

// closeAccount ends the account of a volunteer whose phone holds stories that nobody has seen.
func (w *week) closeAccount(ctx context.Context, p *phone) error {
	st, err := p.engine.Status(ctx)
	if err != nil {
		return err
	}
	if err := w.operator.send(ctx, http.MethodPost, "/v1/people/"+string(st.Person)+"/close", map[string]any{}, nil); err != nil {
		return err
	}
	p.closed, p.fate = st.Person, "demo.fate_closed"
	w.note("demo.closed", map[string]string{"name": p.name, "unsent": fmt.Sprint(st.Unsent)})
	return nil
}

// withdrawal is a photo whose person wants it gone.
type withdrawal struct {
	shot    *shot
	consent syncproto.ID
	author  *phone
	blobs   []storage.BlobID
}

// withdraw picks a photo that is public with somebody's consent, and lets its author withdraw the consent, without any
// network.
func (w *week) withdraw(ctx context.Context) error {
	seen := map[string]int{}
	for i := range w.book.shots {
		seen[w.book.shots[i].sum]++
	}
	for i := range w.book.shots {
		s := &w.book.shots[i]
		p := w.phones[s.phone]
		if s.code != "" || !s.picture || s.size > filmBytes/4 || seen[s.sum] > 1 || p.away[withdrawDay] || p.closed != "" || p.fate != "" {
			continue
		}
		blobs, public, err := w.published(ctx, s.record)
		if err != nil {
			return err
		}
		if !public {
			continue
		}
		list, err := p.engine.Consents(ctx, s.record)
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.How == syncproto.HowJudgement || c.State != syncproto.StateGiven {
				continue
			}
			if err := p.engine.WithdrawConsent(ctx, c.ID, "Người trong ảnh đổi ý."); err != nil {
				return err
			}
			w.gone = &withdrawal{shot: s, consent: c.ID, author: p, blobs: blobs}
			w.book.erase(s.record, c.ID)
			w.note("demo.withdrawn", map[string]string{"name": p.name, "who": c.Who})
			return nil
		}
	}
	return nil
}

// published reports whether a photo is public on the server, and which files it names.
func (w *week) published(ctx context.Context, photo syncproto.ID) (blobs []storage.BlobID, public bool, err error) {
	err = w.server.Store().View(ctx, func(r storage.Reader) error {
		stored, err := r.Record(photo)
		if syncproto.KindOf(err) == syncproto.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		story, err := r.Record(stored.Record.Parent())
		if err != nil {
			return err
		}
		public = story.Record.State == syncproto.StatePublished && !stored.Record.Deleted && stored.Record.State == syncproto.StateDraft
		media, _ := syncproto.MediaOf(stored.Record)
		for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay, syncproto.LaneOriginal} {
			file, there := media.File(lane)
			if !there {
				continue
			}
			id, err := storage.ParseBlobID(file.SHA256)
			if err != nil {
				return err
			}
			blobs = append(blobs, id)
			known, err := knows(r, id)
			if err != nil {
				return err
			}
			public = public && known
		}
		return nil
	})
	return blobs, public, err
}

// knows reports whether the server remembers a file: a restored one has to be told of it again by the phone.
func knows(r storage.Reader, id storage.BlobID) (bool, error) {
	_, err := r.Media(id)
	if syncproto.KindOf(err) == syncproto.NotFound {
		return r.MediaMade(id)
	}
	return err == nil, err
}

// erased waits until the server has done what the withdrawal asked for, which it does by itself.
func (w *week) erased(ctx context.Context) error {
	if w.gone == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		done := false
		err := w.server.Store().View(ctx, func(r storage.Reader) error {
			cases, err := r.Cases(nil, false, "", 100)
			for _, c := range cases {
				done = done || c.Consent == w.gone.consent && c.Closed != 0
			}
			return err
		})
		if err != nil || done {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("the withdrawal of a consent is not finished")
		}
	}
}

// traces looks for whatever is left of the photo whose consent was withdrawn: on the server, among its files, on phones.
func (w *week) traces(ctx context.Context) (left []string, err error) {
	if w.gone == nil {
		return nil, nil
	}
	photo := w.gone.shot.record
	err = w.server.Store().View(ctx, func(r storage.Reader) error {
		stored, err := r.Record(photo)
		if err == nil && (!stored.Record.Erased || len(stored.Record.Fields) > 0) {
			left = append(left, "record")
		}
		revisions, err := r.Revisions(photo)
		if err == nil && len(revisions) > 1 {
			left = append(left, fmt.Sprintf("%d revisions", len(revisions)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	kept, err := w.keptFiles(ctx)
	if err != nil {
		return nil, err
	}
	left = append(left, kept...)
	for _, p := range w.phones {
		if it, err := p.engine.Show(ctx, photo); err == nil && !it.Deleted {
			left = append(left, p.name+": record")
		}
		file, err := p.holds(w.gone.shot)
		if err != nil {
			return nil, err
		}
		if file != "" {
			left = append(left, p.name+": "+file)
		}
	}
	return left, nil
}

// holds looks through a phone's folder for the bytes of a photo.
func (p *phone) holds(s *shot) (found string, err error) {
	err = filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() != s.size {
			return nil // gone meanwhile, or another file
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) == s.sum {
			found = filepath.Base(path)
		}
		return nil
	})
	return found, err
}

// parted checks the phone whose account was closed: it has sent everything and holds nothing, and its stories were let in
// under their author's name.
func (w *week) parted(ctx context.Context, r storage.Reader) (broken []string, err error) {
	for _, p := range w.phones {
		if p.closed == "" {
			continue
		}
		st, err := p.engine.Status(ctx)
		if err != nil {
			return nil, err
		}
		list, err := p.engine.List(ctx, mobilesdk.Filter{Limit: 1})
		if err == nil && len(list.Items) > 0 || st.Unsent > 0 || !st.Removed {
			broken = append(broken, fmt.Sprintf("%s: %d, %t", p.name, st.Unsent, st.Removed))
		}
		for _, id := range w.adopted {
			stored, err := r.Record(id)
			if err != nil {
				return nil, err
			}
			if stored.Record.Author != p.closed || stored.Record.State == syncproto.StateUnclaimed {
				broken = append(broken, fmt.Sprintf("%s: %s", id, stored.Record.State))
			}
		}
	}
	return broken, nil
}

// keptFiles finds files of the photo that the server still has, or still has for it. A small copy that is byte for byte
// that of another photo, as the demo's camera makes them, stays for the other.
func (w *week) keptFiles(ctx context.Context) (left []string, err error) {
	for _, id := range w.gone.blobs {
		var links []storage.MediaLink
		var made bool // of the file of another photo
		err := w.server.Store().View(ctx, func(r storage.Reader) (err error) {
			if links, err = r.MediaLinks(id); err == nil {
				made, err = r.MediaMade(id)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			if w.book.erased[l.Record] {
				left = append(left, "file "+id.String()+" "+string(l.Lane))
			}
		}
		if _, err := w.server.Blobs().Stat(ctx, id); len(links) == 0 && !made && syncproto.KindOf(err) != syncproto.NotFound {
			left = append(left, "file "+id.String())
		}
	}
	return left, nil
}
