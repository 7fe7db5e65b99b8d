package deskcli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"lantoa/syncproto"
)

// kept is what stays between two runs, in a file that only its owner reads.
type kept struct {
	Server string `json:"server,omitempty"`
	Data   string `json:"data,omitempty"` // the directory by which the server was found: its address may change
	Login  string `json:"login,omitempty"`
	Token  string `json:"token,omitempty"`
	// Listed are the ids that were on the screen last, by which short ones are understood.
	Listed []listed `json:"listed,omitempty"`
	// Seen are the revisions that were shown, the newest last.
	Seen []sight `json:"seen,omitempty"`
}

// listed is a submission that was on the screen.
type listed struct {
	Record syncproto.ID   `json:"record"`
	Kind   syncproto.Kind `json:"kind"`
}

// sight is a revision that somebody has read.
type sight struct {
	Record   syncproto.ID `json:"record"`
	Revision int64        `json:"revision"`
}

// maxKept bounds both lists.
const maxKept = 1000

// load reads the file of the session; one that is not there is empty.
func (s *session) load() error {
	s.kept = &kept{}
	if s.path == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return s.misuse("desk.no_config_dir", nil)
		}
		s.path = filepath.Join(dir, "lantoa", "desk.json")
	}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, s.kept)
	}
	if err != nil {
		return s.misuse("desk.bad_session", map[string]string{"path": s.path})
	}
	if s.kept.Data != "" {
		if url := s.Find(s.kept.Data); url != "" {
			s.kept.Server = url
		}
	}
	return nil
}

// store writes the file anew. The new one takes the place of the old one in one step, and is never readable for others.
func (s *session) store() error {
	data, err := json.Marshal(s.kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return s.misuse("desk.bad_session", map[string]string{"path": s.path})
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), ".desk-*") // mode 0600
	if err == nil {
		_, err = file.Write(data)
		err = errors.Join(err, file.Close())
		if err == nil {
			err = os.Rename(file.Name(), s.path)
		}
		if err != nil {
			os.Remove(file.Name())
		}
	}
	if err != nil {
		return s.misuse("desk.bad_session", map[string]string{"path": s.path})
	}
	return nil
}

// list notes what is on the screen now, before what was there earlier.
func (k *kept) list(now ...listed) {
	known, all := map[syncproto.ID]bool{}, []listed{}
	for _, one := range append(now, k.Listed...) {
		if !known[one.Record] && len(all) < maxKept {
			known[one.Record], all = true, append(all, one)
		}
	}
	k.Listed = all
}

// saw notes that a revision was shown.
func (k *kept) saw(record syncproto.ID, revision int64) {
	all := make([]sight, 0, len(k.Seen)+1)
	for _, s := range k.Seen {
		if s.Record != record {
			all = append(all, s)
		}
	}
	all = append(all, sight{record, revision})
	k.Seen = all[max(0, len(all)-maxKept):]
}

// revision returns the one that was shown last, 0 for none.
func (k *kept) revision(record syncproto.ID) int64 {
	for _, s := range k.Seen {
		if s.Record == record {
			return s.Revision
		}
	}
	return 0
}
