package mobilesdk

import (
	"context"
	"encoding/json"
	"time"

	"lantoa/syncproto"
)

// This file is what an app calls about the bytes of photos, videos and recordings. The rules of mobile.go hold.

// AttachFile captures a photo with its file, as one act. With record "" it makes a new photo under parent (a story) and
// returns its id; with a record it gives that photo another file. Fields is a JSON object and may be empty. With
// reference the file stays where it is and must stay: pass that only for files of the gallery. Poster is a picture that
// stands for a video or a HEIC photo, "" for none. It reads the file once; do not call it on the main thread.
func (p *Profile) AttachFile(record, parent string, fields []byte, path string, reference bool, poster string) (id string, err error) {
	return p.AttachFileShowing(record, parent, fields, path, reference, poster, nil)
}

// Progress hears how far a long call is.
type Progress interface {
	// OnProgress receives bytes a few times a second, on the thread that made the call. Return false to end the call: it
	// then fails with timeout, and nothing is kept.
	OnProgress(done, size int64) bool
}

// AttachFileShowing is AttachFile for what takes long: a film of some gigabytes is read for a minute and more. Progress
// may be nil.
func (p *Profile) AttachFileShowing(record, parent string, fields []byte, path string, reference bool, poster string, progress Progress) (id string, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return "", err
	}
	set, err := parseFields(fields)
	if err != nil {
		return "", plain(err)
	}
	file := File{Path: path, Poster: poster}
	if reference {
		file.Keep = KeepReference
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if progress != nil {
		file.Progress = func(done, size int64) {
			if !progress.OnProgress(done, size) {
				cancel()
			}
		}
	}
	if record != "" {
		return record, plain(e.ReplaceFile(ctx, syncproto.ID(record), Patch{Set: set}, file))
	}
	made, err := e.AttachFile(ctx, syncproto.ID(parent), set, file)
	return string(made), plain(err)
}

// Media returns JSON {items, next, unsent, parked, policy, …}: the files of this phone with how far they are, newest
// first, below a number (0 for all), at most limit (0 for 50).
func (p *Profile) Media(before int64, limit int) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Media(context.Background(), before, limit)
	return encode(list, err)
}

// MediaMeter returns the JSON list of {day, network, lane, up, down}: what files cost in bytes on the last days.
func (p *Profile) MediaMeter(days int) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.MediaMeter(context.Background(), days)
	return encode(list, err)
}

// SetMediaPolicy changes how files travel: a JSON object with any of thumbnail, display, original ("any", "wifi",
// "ask"), chunk and cache (bytes). What it does not name stays.
func (p *Profile) SetMediaPolicy(policy []byte) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	now, err := e.MediaPolicy(context.Background())
	if err != nil {
		return plain(err)
	}
	if err := json.Unmarshal(policy, &now); err != nil {
		return plain(syncproto.E(syncproto.CodeMalformed, "read media policy", err))
	}
	return plain(e.SetMediaPolicy(context.Background(), now))
}

// SetNetwork says over what the phone is connected: "wifi", "mobile" or "none". Call it after opening the profile and
// whenever it changes. Until then originals wait, as on a network that costs.
func (p *Profile) SetNetwork(network string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.SetNetwork(Network(network)))
}

// PauseMedia stops the sending of a photo's files; with "" of all, until ResumeMedia. Bytes that arrived are kept.
func (p *Profile) PauseMedia(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.PauseMedia(context.Background(), syncproto.ID(record)))
}

// ResumeMedia undoes PauseMedia.
func (p *Profile) ResumeMedia(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.ResumeMedia(context.Background(), syncproto.ID(record)))
}

// RetryMedia tries the parked files of a photo again; with "" all.
func (p *Profile) RetryMedia(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.RetryMedia(context.Background(), syncproto.ID(record)))
}

// SendAnyway sends the files of a photo over the network that there is, whatever the policy says. Lane "" means all.
func (p *Profile) SendAnyway(record, lane string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.SendAnyway(context.Background(), syncproto.ID(record), syncproto.Lane(lane)))
}

// FreeSpace takes originals off the phone that the server confirms to have, and returns JSON {items, bytes, kept}. It
// waits for the network. With dryRun it only says what it would free, without network.
func (p *Profile) FreeSpace(dryRun bool) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	freed, err := e.FreeSpace(ctx, dryRun)
	return encode(freed, err)
}

// FetchMedia returns the path of a photo's file: lane "thumbnail", "display" or "original". It waits for the network only
// if the phone has no such file. Do not change or keep the file; in a profile with a PIN it is gone after Close.
func (p *Profile) FetchMedia(record, lane string, timeoutMillis int64) (path string, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	defer cancel()
	path, err = e.FetchMedia(ctx, syncproto.ID(record), syncproto.Lane(lane))
	return path, plain(err)
}

// SyncMedia sends the files that may go now and returns the JSON summary, also beside an error. Call it after Sync, from
// a background job; while watching it is not needed.
func (p *Profile) SyncMedia(timeoutMillis int64) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	defer cancel()
	summary, err := e.SyncMedia(ctx)
	out, _ = json.Marshal(summary)
	return out, plain(err)
}
