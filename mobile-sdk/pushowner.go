package mobilesdk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
)

// addressFile says, in the folder of the profiles, which of them registered an address last. The push services give one
// address an app, and a server rings it for one device (S-198): without this file two profiles of a phone would take it from
// each other for ever. Of an address it holds a fingerprint, of a profile the name of its folder.
const addressFile = "ringing.json"

// addresses is that file, as one profile sees it; nil for an engine that is no profile of a folder.
type addresses struct {
	path   string
	folder string
}

func addressesIn(root, folder string) *addresses {
	return &addresses{path: filepath.Join(root, addressFile), folder: folder}
}

func fingerprint(address string) string {
	sum := sha256.Sum256([]byte("lantoa push address\n" + address))
	return hex.EncodeToString(sum[:12])
}

// elsewhere reports whether another profile registered the address after this one.
func (a *addresses) elsewhere(address string) bool {
	if a == nil {
		return false
	}
	owner, known := a.read()[fingerprint(address)]
	return known && owner != a.folder
}

// mine reports whether this profile is the one that registered the address last, or there is nobody to ask.
func (a *addresses) mine(address string) bool {
	return a == nil || a.read()[fingerprint(address)] == a.folder
}

// claim notes that this profile registers the address now. What cannot be written costs a turn of who is rung.
func (a *addresses) claim(address string) {
	if a == nil {
		return
	}
	owners := a.read()
	maps.DeleteFunc(owners, func(_, folder string) bool { return folder == a.folder }) // it is rung by one address
	owners[fingerprint(address)] = a.folder
	a.write(owners)
}

// forget drops what this profile registered.
func (a *addresses) forget() {
	if a == nil {
		return
	}
	owners := a.read()
	had := len(owners)
	if maps.DeleteFunc(owners, func(_, folder string) bool { return folder == a.folder }); len(owners) < had {
		a.write(owners)
	}
}

func (a *addresses) read() map[string]string {
	owners := map[string]string{}
	if text, err := os.ReadFile(a.path); err == nil {
		_ = json.Unmarshal(text, &owners)
	}
	if owners == nil {
		owners = map[string]string{}
	}
	return owners
}

// write replaces the file whole: a kill leaves the old one or the new one.
func (a *addresses) write(owners map[string]string) {
	text, err := json.Marshal(owners)
	if err != nil {
		return
	}
	if os.WriteFile(a.path+"~", text, 0o600) == nil {
		_ = os.Rename(a.path+"~", a.path)
	}
}
