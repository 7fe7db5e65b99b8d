package mobilesdk

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Directory is a folder of profiles: each in a folder of its own, with a store of its own. Folders are named at random,
// so that a person's name is nothing to a file system.
type Directory struct {
	root string

	mu   sync.Mutex
	cfg  Config
	open map[string]bool // by folder
}

const (
	profileFile = "profile.json"
	storeFile   = "phone.db"
	unfinished  = ".new-"
	removing    = ".gone-"
)

type profileDoc struct {
	Name    string `json:"name"`
	Pin     bool   `json:"pin"`
	Created int64  `json:"created"`
	folder  string
}

// OpenDirectory opens or creates the folder and clears what an interrupted creation or removal left.
func OpenDirectory(dir string) (*Directory, error) { return OpenDirectoryWith(dir, Config{}) }

// OpenDirectoryWith is OpenDirectory with a clock, transport and so on for the engines that it opens. Path, Profile and
// PIN are set by it.
func OpenDirectoryWith(dir string, cfg Config) (*Directory, error) {
	root := filepath.Join(dir, "profiles")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fileError("open phone", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fileError("open phone", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, unfinished) || strings.HasPrefix(name, removing) {
			_ = os.RemoveAll(filepath.Join(root, name)) // it holds nothing that anybody was told is kept
		}
	}
	return &Directory{root: root, cfg: cfg, open: map[string]bool{}}, nil
}

// SetApp says which app embeds the engine and in which language it speaks.
func (d *Directory) SetApp(version, language string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cfg.App, d.cfg.Language = version, language
	spoken.Store(catalogue.Match(language))
}

func (d *Directory) profiles() ([]profileDoc, error) {
	entries, err := os.ReadDir(d.root)
	if err != nil {
		return nil, fileError("list profiles", err)
	}
	var out []profileDoc
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(d.root, entry.Name(), profileFile))
		if err != nil {
			continue
		}
		doc := profileDoc{folder: entry.Name()}
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, syncproto.E(syncproto.CodeStoreBroken, "list profiles", err)
		}
		out = append(out, doc)
	}
	slices.SortFunc(out, func(a, b profileDoc) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

func (d *Directory) find(name string) (profileDoc, error) {
	all, err := d.profiles()
	if err != nil {
		return profileDoc{}, err
	}
	name = cleanName(name)
	for _, doc := range all {
		if doc.Name == name {
			return doc, nil
		}
	}
	return profileDoc{}, syncproto.E(syncproto.CodeNoProfile, "find profile", nil)
}

func cleanName(name string) string { return norm.NFC.String(strings.TrimSpace(name)) }

// List returns the profiles, oldest first, with how much of each was not sent yet.
func (d *Directory) List(ctx context.Context) ([]ProfileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all, err := d.profiles()
	if err != nil {
		return nil, err
	}
	out := make([]ProfileInfo, 0, len(all))
	for _, doc := range all {
		counts, files, err := phonestore.Peek(ctx, filepath.Join(d.root, doc.folder, storeFile))
		if err != nil { // one broken profile must not hide the others
			counts.Unsent = -1
		}
		out = append(out, ProfileInfo{Name: doc.Name, Pin: doc.Pin, Created: doc.Created, Unsent: counts.Unsent, Files: files.Only})
	}
	return out, nil
}

// Create makes a profile. It is there completely or not at all.
func (d *Directory) Create(ctx context.Context, name, pin string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name = cleanName(name); name == "" || len(name) > 200 {
		return syncproto.E(syncproto.CodeUsage, "create profile", nil)
	}
	if _, err := d.find(name); err == nil {
		return syncproto.E(syncproto.CodeProfileExists, "create profile", nil)
	}
	folder := strings.ToLower(rand.Text()[:16])
	draft := filepath.Join(d.root, unfinished+folder)
	if err := os.Mkdir(draft, 0o700); err != nil {
		return fileError("create profile", err)
	}
	if err := d.fill(ctx, draft, name, pin); err != nil {
		_ = os.RemoveAll(draft)
		return err
	}
	if err := os.Rename(draft, filepath.Join(d.root, folder)); err != nil {
		_ = os.RemoveAll(draft)
		return fileError("create profile", err)
	}
	syncFolder(d.root)
	return nil
}

func (d *Directory) fill(ctx context.Context, folder, name, pin string) error {
	cfg := d.cfg
	cfg.Path, cfg.Profile, cfg.PIN = filepath.Join(folder, storeFile), name, pin
	e, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	text, err := json.Marshal(profileDoc{Name: name, Pin: pin != "", Created: time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(folder, profileFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fileError("create profile", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return fileError("create profile", err)
}

// Open opens a profile. One engine at a time has it.
func (d *Directory) Open(ctx context.Context, name, pin string) (*Engine, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc, err := d.find(name)
	if err != nil {
		return nil, err
	}
	if d.open[doc.folder] {
		return nil, syncproto.E(syncproto.CodeStoreBusy, "open profile", nil)
	}
	cfg := d.cfg
	cfg.Path, cfg.Profile, cfg.PIN = filepath.Join(d.root, doc.folder, storeFile), doc.Name, pin
	if _, err := os.Stat(cfg.Path); err != nil { // a store must not be made anew in the place of one that is gone
		return nil, fileError("open profile", err)
	}
	e, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	d.open[doc.folder] = true
	e.addresses = addressesIn(d.root, doc.folder)
	e.closed = func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.open, doc.folder)
	}
	return e, nil
}

// Remove deletes a profile. What is unsent or refused and in no exported file, and originals that are nowhere else, are
// kept by refusing, unless force says that the person was asked.
//
// A profile without a PIN that is rung tells the server before that it is no more, and waits at most five seconds for it. One
// with a PIN is opened by nobody else: whoever has it open calls ClearPush and Sync before.
func (d *Directory) Remove(ctx context.Context, name string, force bool) error {
	doc, err := d.removable(ctx, name, force)
	if err != nil {
		return err
	}
	if !doc.Pin {
		d.sayGoodbye(ctx, doc)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[doc.folder] {
		return syncproto.E(syncproto.CodeStoreBusy, "remove profile", nil)
	}
	addressesIn(d.root, doc.folder).forget()
	gone := filepath.Join(d.root, removing+doc.folder)
	if err := os.Rename(filepath.Join(d.root, doc.folder), gone); err != nil {
		return fileError("remove profile", err)
	}
	syncFolder(d.root)
	return fileError("remove profile", os.RemoveAll(gone))
}

// removable finds a profile that may be removed.
func (d *Directory) removable(ctx context.Context, name string, force bool) (profileDoc, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc, err := d.find(name)
	if err != nil {
		return doc, err
	}
	if d.open[doc.folder] {
		return doc, syncproto.E(syncproto.CodeStoreBusy, "remove profile", nil)
	}
	if force {
		return doc, nil
	}
	counts, files, err := phonestore.Peek(ctx, filepath.Join(d.root, doc.folder, storeFile))
	if err != nil {
		return doc, err // what cannot be counted is not thrown away
	}
	if counts.Unexported > 0 || files.Only > 0 { // an exported file holds no photos
		return doc, syncproto.E(syncproto.CodeUnsentKept, "remove profile", nil)
	}
	return doc, nil
}

// sayGoodbye ends the ringing of a profile, as far as that goes without a PIN. A store that does not open is removed all the
// same.
func (d *Directory) sayGoodbye(ctx context.Context, doc profileDoc) {
	e, err := d.Open(ctx, doc.Name, "")
	if err != nil {
		return
	}
	defer e.Close()
	e.sayGoodbye(ctx)
}
