package demo

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// phoneStall is how long a phone of the demo waits for a line that is silent. A real one waits a minute.
const phoneStall = 2 * time.Second

var captions = []string{
	"Cô Hoa trao quà cho bà con", "Các bạn tình nguyện viên trước giờ lên đường", "Điểm hiến máu lúc sáng sớm",
	"Chuyến xuồng chở gạo", "Bếp cơm đỏ lửa từ bốn giờ sáng", "Lớp sơ cấp cứu của ấp", "Niềm vui của các em nhỏ",
}

// illustrate adds photos to a story that was just captured, as far as the volunteer had a hand free.
func (p *phone) illustrate(ctx context.Context, story syncproto.ID) error {
	for n := p.random.IntN(100); n < 38; n += 26 { // 38 of 100 have one, 12 have two
		m := motifs[p.random.IntN(len(motifs))]
		if err := p.snap(ctx, story, m); err != nil {
			return err
		}
	}
	return nil
}

func (p *phone) snap(ctx context.Context, story syncproto.ID, m motif) error {
	data := p.camera.photo(p.random, m)
	s := shotOf(data)
	s.orientation, s.picture = m.orientation, true
	_, err := p.attach(ctx, story, s, data, ".jpg", mobilesdk.File{})
	return err
}

// attach captures a file under a story. Unless it stays in the gallery, the file is gone from there afterwards: the
// engine's copy is all there is.
func (p *phone) attach(ctx context.Context, story syncproto.ID, s shot, data []byte, extension string, f mobilesdk.File) (path string, err error) {
	if path, err = p.camera.develop(filepath.Join(p.dir, "camera"), extension, data); err != nil {
		return "", err
	}
	f.Path = path
	set := syncproto.Fields{"caption": syncproto.Text(pick(p.random, captions))}
	maps.Copy(set, p.shown())
	if s.record, err = p.engine.AttachFile(ctx, story, set, f); err != nil {
		return path, err
	}
	p.keep[story], s.phone = true, p.number
	p.book.photographed(s, set)
	p.totals.captured++
	if set[syncproto.ShowsField].TextOr("") == syncproto.ShowsPeople {
		if err := p.consent(ctx, s.record); err != nil {
			return path, err
		}
	}
	if f.Keep == mobilesdk.KeepReference {
		return path, nil
	}
	return path, os.Remove(path)
}

// oddity is a file that is not like the others: who captures it on which day.
type oddity struct {
	day, phone int
	capture    func(ctx context.Context, p *phone, story syncproto.ID) error
}

// oddities are what else lies on real phones. The phones are some that are there on the days on which files go.
func (w *week) oddities() []oddity {
	forwarded := w.forwarded()
	return []oddity{
		{1, 1, captureBroken},
		{1, 2, captureDrawing},
		{1, 4, forwarded},
		{1, 5, forwarded},
		{1, 6, captureFilm},
		{2, 0, captureRetouched},
		{2, 1, captureBig},
		{3, 4, captureBig},
		{5, 6, captureBig},
		{6, 2, captureBig},
		{2, 4, sampled(".heic", sample.HEIC, false)},
		{2, 5, sampled(".png", sample.PNG, true)},
		{3, 1, sampled(".mp4", sample.MP4, false)},
		{3, 5, sampled(".jpg", motion, true)},
		{3, 2, sampled(".m4a", sample.M4A, false)},
		{4, 1, sampled(".gif", sample.GIF, false)},
		{4, 5, sampled(".webp", sample.WebP, false)},
		{6, 0, sampled(".mov", sample.MOV, false)},
	}
}

// sampled captures a file of another format with all the metadata that phones write into it.
func sampled(extension string, make func(sample.Options) []byte, picture bool) func(context.Context, *phone, syncproto.ID) error {
	return func(ctx context.Context, p *phone, story syncproto.ID) error {
		o := taking(p.random, 6)
		data := make(o)
		s := shotOf(data)
		s.picture = picture
		if picture {
			s.orientation = o.Orientation
		}
		_, err := p.attach(ctx, story, s, data, extension, mobilesdk.File{})
		return err
	}
}

// motion is a photo with a second one and a film behind its end.
func motion(o sample.Options) []byte {
	o.Tail = true
	return sample.JPEG(o)
}

func captureBroken(ctx context.Context, p *phone, story syncproto.ID) error {
	data := brokenPhoto(p.random)
	s := shotOf(data)
	s.code = syncproto.CodeMediaBroken
	_, err := p.attach(ctx, story, s, data, ".jpg", mobilesdk.File{})
	return err
}

// captureDrawing picks a file that is none of the kinds that are taken, and must be told so at once.
func captureDrawing(ctx context.Context, p *phone, story syncproto.ID) error {
	path, err := p.camera.develop(filepath.Join(p.dir, "camera"), ".svg", []byte(drawing))
	if err != nil {
		return err
	}
	_, err = p.engine.AttachFile(ctx, story, nil, mobilesdk.File{Path: path})
	if err == nil {
		return fmt.Errorf("the phone took %s", filepath.Base(path))
	}
	p.book.refused(syncproto.CodeOf(err))
	return os.Remove(path)
}

// forwarded captures one and the same photo, sent around in a group, on whichever phone it is called for.
func (w *week) forwarded() func(context.Context, *phone, syncproto.ID) error {
	random := newRandom(w.Seed, 77)
	data := sync.OnceValue(func() []byte { return w.camera.photo(random, motifs[0]) })
	return func(ctx context.Context, p *phone, story syncproto.ID) error {
		s := shotOf(data())
		s.orientation, s.picture = motifs[0].orientation, true
		_, err := p.attach(ctx, story, s, data(), ".jpg", mobilesdk.File{})
		return err
	}
}

func captureBig(ctx context.Context, p *phone, story syncproto.ID) error {
	return p.snap(ctx, story, big)
}

func captureFilm(ctx context.Context, p *phone, story syncproto.ID) error {
	poster, err := p.camera.develop(filepath.Join(p.dir, "camera"), ".jpg", p.camera.photo(p.random, motifs[0]))
	if err != nil {
		return err
	}
	data := film(p.random, filmBytes)
	s := shotOf(data)
	s.picture = true
	if _, err = p.attach(ctx, story, s, data, ".mp4", mobilesdk.File{Poster: poster}); err != nil {
		return err
	}
	return os.Remove(poster)
}

// filmBytes is half a minute of video.
const filmBytes = 20 << 20

// captureRetouched leaves a photo in the gallery, where it is retouched before it went: it is not the photo any more
// that the record announced.
func captureRetouched(ctx context.Context, p *phone, story syncproto.ID) error {
	data := p.camera.photo(p.random, motifs[0])
	s := shotOf(data)
	s.code = syncproto.CodeMediaMismatch
	path, err := p.attach(ctx, story, s, data, ".jpg", mobilesdk.File{Keep: mobilesdk.KeepReference})
	if err != nil {
		return err
	}
	p.retouch = func() error { return os.WriteFile(path, p.camera.photo(p.random, motifs[0]), 0o600) }
	return nil
}

// special files of the day, each under a story of its own.
func (p *phone) captureOddities(ctx context.Context, list []oddity, day int) error {
	for _, o := range list {
		if o.day != day || o.phone != p.number {
			continue
		}
		story, err := p.storyFor(ctx)
		if err != nil {
			return err
		}
		if err := o.capture(ctx, p, story); err != nil {
			return err
		}
	}
	return nil
}

func (p *phone) storyFor(ctx context.Context) (syncproto.ID, error) {
	set := syncproto.Fields{"title": syncproto.Text(pick(p.random, titles)), "body": syncproto.Text(body(p.random))}
	story, err := p.engine.Create(ctx, syncproto.KindStory, "", set)
	if err != nil {
		return "", err
	}
	p.book.created(p.number, story, syncproto.KindStory, set)
	p.totals.captured++
	return story, p.command(ctx, story, syncproto.CommandSubmit)
}
