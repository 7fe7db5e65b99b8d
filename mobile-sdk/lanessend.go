package mobilesdk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"strconv"
	"sync"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// The tus client (https://tus.io/protocols/resumable-upload, S-162): one request for a small file, and for a large one a
// creation and one PATCH with all that is left of it. After a cut it asks with HEAD where the server stands.

const (
	uploadsPath = "/v1/uploads"
	// inOne is up to which size a file travels with the creation of its upload: the thumbnails, always.
	inOne = 64 << 10
	// step is how much of a file is handed to the transport at a time, so that a slow link shows that it moves.
	step = 8 << 10
	// progressWorth is what a transfer that broke off must have brought to be gone on with at once.
	progressWorth = 16 << 10
	// proxyChunk is the size of requests through a proxy that refused a larger one.
	proxyChunk = 1 << 20
	// meterStep is how much of a running transfer the meter may miss if the app is killed.
	meterStep = 1 << 20
)

// reply is an answer about an upload, read whole.
type reply struct {
	status int
	header http.Header
	code   syncproto.Code
	after  time.Duration
}

func (r *reply) offset() (int64, bool) {
	n, err := strconv.ParseInt(r.header.Get("Upload-Offset"), 10, 64)
	return n, err == nil && n >= 0
}

// send sends one file, or as much of it as the link carries. It returns an error only for what concerns all files.
func (s *sender) send(ctx context.Context, plan *mediaPlan, m *phonestore.Media) error {
	src, err := s.e.openFile(m)
	if err == nil {
		defer src.Close()
		err = s.e.verify(ctx, m, src)
	}
	if ctx.Err() != nil {
		return syncproto.E(syncproto.CodeTimeout, "send files", ctx.Err())
	}
	if err != nil {
		return s.park(ctx, m, syncproto.CodeOf(err))
	}
	within, t := s.e.lanes.begin(ctx, m)
	defer s.e.lanes.end(t)
	u := &upload{sender: s, plan: plan, file: m, src: src, transfer: t}
	r, err := u.advance(within)
	switch {
	case err == nil:
		s.broken = 0
		return u.answered(ctx, r)
	case u.body != nil && u.body.fault() != nil:
		return s.park(ctx, m, syncproto.CodeOf(u.body.fault()))
	case ctx.Err() != nil:
		return syncproto.E(syncproto.CodeTimeout, "send files", ctx.Err())
	case errors.Is(context.Cause(within), errOvertaken):
		u.unsure()
		if err := u.keepProgress(ctx); err != nil {
			return err
		}
		s.e.lanes.mu.Lock()
		s.e.lanes.dirty = true
		s.e.lanes.mu.Unlock()
		return nil
	}
	return u.broke(ctx, err)
}

// verify sees to it that the bytes that will be sent are those that were announced. The vault's are nobody's to change;
// a file of the gallery is hashed again when it looks different or this process has not seen it yet.
func (e *Engine) verify(ctx context.Context, m *phonestore.Media, src phonestore.VaultFile) error {
	if src.Size() != m.Size {
		return syncproto.E(syncproto.CodeMediaMismatch, "read file", nil)
	}
	if m.Name != "" {
		return nil
	}
	info, err := os.Stat(m.Path)
	if err != nil {
		return chosenError("read file", err)
	}
	now := stamp{info.Size(), info.ModTime().UnixNano()}
	e.lanes.mu.Lock()
	known := e.lanes.verified[m.Seq] == now
	e.lanes.mu.Unlock()
	if known {
		return nil
	}
	if err := e.rehash(ctx, m, src); err != nil {
		return err
	}
	e.lanes.mu.Lock()
	e.lanes.verified[m.Seq] = now
	e.lanes.mu.Unlock()
	return nil
}

func (e *Engine) rehash(ctx context.Context, m *phonestore.Media, src phonestore.VaultFile) error {
	sum, err := hashOf(ctx, src)
	if err == nil && sum != m.SHA256 {
		err = syncproto.E(syncproto.CodeMediaMismatch, "read file", nil)
	}
	return err
}

// upload is one file on its way.
type upload struct {
	*sender
	plan     *mediaPlan
	file     *phonestore.Media
	src      phonestore.VaultFile
	transfer *transfer
	body     *carried // of the running request
	creating bool     // the request that fails may have made an upload that the phone does not know
}

// advance does the next request for the file.
func (u *upload) advance(ctx context.Context) (*reply, error) {
	status := u.said[u.file.Seq]
	switch {
	case status.State == syncproto.MediaNeed:
		return u.create(ctx)
	case status.Offset < 0:
		r, err := u.exchange(ctx, http.MethodHead, status.Upload, nil, 0, 0)
		if offset, ok := int64(0), false; err == nil && r.status/100 == 2 {
			if offset, ok = r.offset(); ok && offset < u.file.Size {
				if err := u.e.saveFile(ctx, u.file, func(m *phonestore.Media) { m.Sent = offset }); err != nil {
					return nil, err
				}
				return u.patch(ctx, status.Upload, offset)
			}
		}
		return r, err
	}
	return u.patch(ctx, status.Upload, status.Offset)
}

func (u *upload) create(ctx context.Context) (*reply, error) {
	u.creating = true
	header := u.announcement()
	if u.file.Size <= inOne {
		return u.exchange(ctx, http.MethodPost, "", header, 0, u.file.Size)
	}
	r, err := u.exchange(ctx, http.MethodPost, "", header, 0, 0)
	if err != nil || r.status != http.StatusCreated {
		return r, err
	}
	u.creating = false
	id, offset := u.made(r)
	if id == "" || offset >= u.file.Size {
		return r, nil
	}
	u.said[u.file.Seq] = syncproto.MediaStatus{State: syncproto.MediaReceiving, Upload: id}
	if err := u.e.saveFile(ctx, u.file, func(m *phonestore.Media) { m.Upload, m.Sent, m.Code = id, offset, "" }); err != nil {
		return nil, err
	}
	return u.patch(ctx, id, offset)
}

// announcement is what a creation says of the file.
func (u *upload) announcement() map[string]string {
	return map[string]string{
		"Upload-Length":   strconv.FormatInt(u.file.Size, 10),
		"Upload-Metadata": metadata("record", string(u.file.Record)) + "," + metadata("lane", string(u.file.Lane)),
	}
}

// made reads the answer to a creation.
func (u *upload) made(r *reply) (syncproto.ID, int64) {
	id := syncproto.ID(path.Base(r.header.Get("Location")))
	if !id.Valid() {
		id = ""
	}
	offset, _ := r.offset()
	return id, offset
}

func metadata(name, value string) string {
	return name + " " + base64.StdEncoding.EncodeToString([]byte(value))
}

func (u *upload) patch(ctx context.Context, id syncproto.ID, offset int64) (*reply, error) {
	rest := u.file.Size - offset
	if chunk := u.chunk(); chunk > 0 {
		rest = min(rest, chunk)
	}
	header := map[string]string{"Upload-Offset": strconv.FormatInt(offset, 10)}
	return u.exchange(ctx, http.MethodPatch, id, header, offset, rest)
}

func (u *upload) chunk() int64 {
	u.e.lanes.mu.Lock()
	defer u.e.lanes.mu.Unlock()
	if learned := u.e.lanes.chunk; learned > 0 && (u.plan.policy.Chunk == 0 || learned < u.plan.policy.Chunk) {
		return learned
	}
	return u.plan.policy.Chunk
}

// exchange performs one request and reads its answer. With size above 0 it carries that much of the file.
func (u *upload) exchange(ctx context.Context, method string, id syncproto.ID, header map[string]string, at, size int64) (*reply, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stalled := time.AfterFunc(u.e.cfg.Stall, stop)
	defer stalled.Stop()
	request := &FileRequest{Method: method, Server: u.plan.server, Path: uploadsPath, Token: u.plan.token, Header: map[string]string{"Tus-Resumable": "1.0.0"}}
	if id != "" {
		request.Path += "/" + string(id)
	}
	for name, value := range header {
		request.Header[name] = value
	}
	metered := at // bytes of the file that the meter has: a long transfer must not be lost to it with the app
	if size > 0 {
		request.Header["Content-Type"] = "application/offset+octet-stream"
		u.body = &carried{src: u.src, at: at, end: at + size, from: at, moved: func(to int64) {
			wait := u.e.cfg.Stall
			if to == at+size { // what the system still holds has to leave, and the server to answer
				wait += time.Duration(min(size, 2*sendBuffer)) * time.Second / slowest
			}
			stalled.Reset(wait)
			u.e.lanes.progress(u.transfer, to)
			if to-metered >= meterStep {
				u.e.meter(ctx, string(u.file.Lane), to-metered, 0)
				metered = to
			}
		}}
		request.Body, request.Size = u.body, size
	}
	response, err := u.files.File(ctx, request)
	if response != nil && response.Traffic != nil {
		defer func() {
			up, down := response.Traffic()
			u.summary.BytesUp, u.summary.BytesDown = u.summary.BytesUp+up, u.summary.BytesDown+down
			u.body.still()
			u.e.meter(ctx, string(u.file.Lane), max(up-(metered-at), 0), down)
		}()
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return nil, err
	}
	r := &reply{status: response.Status, header: response.Header, after: response.RetryAfter}
	if r.status/100 != 2 {
		r.code = codeOf(r, text, method)
	}
	return r, nil
}

// codeOf finds the code of a refusal. The answer to a HEAD has no body, and a proxy's has no code.
func codeOf(r *reply, text []byte, method string) syncproto.Code {
	var problem struct {
		Code syncproto.Code `json:"code"`
	}
	_ = json.Unmarshal(text, &problem)
	switch {
	case problem.Code != "":
		return problem.Code
	case r.status == http.StatusGone:
		return syncproto.CodeUploadExpired
	case r.status == http.StatusNotFound && method != http.MethodPost:
		return syncproto.CodeUploadMissing
	case r.status == http.StatusConflict:
		return syncproto.CodeOffsetMismatch
	case r.status == 460:
		return syncproto.CodeHashMismatch
	case r.status == http.StatusRequestEntityTooLarge:
		return syncproto.CodeTooLarge
	}
	return syncproto.CodeOf(refusal(&Response{Status: r.status}))
}

// answered acts on an answer of the server.
func (u *upload) answered(ctx context.Context, r *reply) error {
	m := u.file
	if r.status/100 != 2 {
		return u.turnedDown(ctx, r)
	}
	offset, ok := r.offset()
	switch {
	case ok && offset >= m.Size:
		state := syncproto.MediaState(r.header.Get("Lantoa-State"))
		if state != syncproto.MediaStored {
			state = syncproto.MediaChecking // what it says besides is told by the record or the next question
		}
		by := byBytes
		if u.body == nil { // none were sent: the server has what the record announces to it
			by = byRecord
		}
		status := syncproto.MediaStatus{State: state}
		u.said[m.Seq] = status
		return u.note(ctx, m, status, by)
	case ok:
		id := u.said[m.Seq].Upload
		if r.status == http.StatusCreated {
			id, _ = u.made(r)
		}
		if id == "" {
			u.unsure()
			u.e.lanes.rest(m, r.code, r.after, true)
			return nil
		}
		u.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaReceiving, Upload: id, Offset: offset}
		return u.e.saveFile(ctx, m, func(m *phonestore.Media) { m.Upload, m.Sent, m.Code = id, offset, "" })
	}
	u.unsure()
	u.e.lanes.rest(m, r.code, r.after, true)
	return nil
}

// turnedDown acts on a refusal.
func (u *upload) turnedDown(ctx context.Context, r *reply) error {
	m := u.file
	switch syncproto.KindOfCode(r.code) {
	case syncproto.Unauthenticated:
		return &Refusal{After: r.after, err: syncproto.E(r.code, "send files", nil)}
	}
	switch r.code {
	case syncproto.CodeOffsetMismatch:
		// Bytes of an older connection came after the server had said where it stands. Asking again ends that one.
		u.unsure()
		if u.crossed[m.Seq]++; u.crossed[m.Seq] > 1 {
			u.e.lanes.rest(m, r.code, r.after, true)
		}
		return nil
	case syncproto.CodeHashMismatch:
		// Either the bytes changed on the way, or on this phone.
		if err := u.e.rehash(ctx, m, u.src); err != nil {
			return u.park(ctx, m, syncproto.CodeOf(err))
		}
		status := u.said[m.Seq]
		status.Offset = -1
		if status.Upload == "" {
			delete(u.said, m.Seq)
		} else {
			u.said[m.Seq] = status
		}
		u.e.lanes.rest(m, r.code, r.after, true)
		return nil
	case syncproto.CodeTooLarge:
		if chunk := u.chunk(); u.body != nil && (chunk == 0 || chunk > proxyChunk) && u.body.end-u.body.from > proxyChunk {
			u.e.cfg.Log.Info("a proxy takes no large requests; files go in parts of 1 MiB")
			u.e.lanes.mu.Lock()
			u.e.lanes.chunk = proxyChunk
			u.e.lanes.mu.Unlock()
			u.unsure()
			return nil
		}
	}
	return u.refused(ctx, m, r.code, r.after)
}

// unsure says that where the server stands has to be asked.
func (u *upload) unsure() {
	status := u.said[u.file.Seq]
	if u.creating || status.Upload == "" {
		delete(u.said, u.file.Seq)
		return
	}
	status.Offset = -1
	u.said[u.file.Seq] = status
}

// broke acts on a link that gave way. Where it carried something it is tried again at once: every byte that arrived is
// kept.
func (u *upload) broke(ctx context.Context, err error) error {
	u.unsure()
	if err := u.keepProgress(ctx); err != nil {
		return err
	}
	u.link = syncproto.E(syncproto.CodeOffline, "send files", err)
	if u.body != nil && u.body.taken() >= progressWorth {
		u.broken = 0
		return nil
	}
	u.broken++
	u.e.lanes.rest(u.file, syncproto.CodeOffline, 0, true)
	return nil
}

// keepProgress notes how far a transfer came that was broken off, less what may not have left: until the server says
// where it stands, a person sees this.
func (u *upload) keepProgress(ctx context.Context) error {
	if u.body == nil || u.creating {
		return nil
	}
	sent := u.body.from + max(u.body.taken()-sendBuffer, 0)
	return u.e.saveFile(ctx, u.file, func(m *phonestore.Media) { m.Sent = max(m.Sent, sent) })
}

// carried is the part of a file that one request carries.
type carried struct {
	src   phonestore.VaultFile
	from  int64
	end   int64
	moved func(to int64)

	mu     sync.Mutex
	at     int64
	over   bool
	failed error // of the file, not of the link
}

// Read hands out a little at a time. The transport asks for more when that has left.
func (c *carried) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return 0, io.ErrClosedPipe
	}
	c.moved(c.at)
	if c.at >= c.end {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), step, c.end-c.at)]
	n, err := c.src.ReadAt(p, c.at)
	c.at += int64(n)
	if n == len(p) {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = syncproto.E(syncproto.CodeMediaMismatch, "read file", io.ErrUnexpectedEOF) // it became shorter
	}
	c.failed = err
	return n, err
}

// still ends the reading: a transport may go on for a moment after it gave up.
func (c *carried) still() {
	if c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.over = true
	}
}

func (c *carried) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

func (c *carried) taken() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at - c.from
}
