package syncproto_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
)

type codecCase struct {
	header
	In    *string `json:"in"`
	InHex string  `json:"in_hex"`
	Build []struct {
		Text  string `json:"text"`
		Times int    `json:"times"`
	} `json:"build"`
	Out       string `json:"out"`
	OutSHA256 string `json:"out_sha256"`
	Same      bool   `json:"same"`
	Error     string `json:"error"`
}

func (c *codecCase) input(t *testing.T) []byte {
	var in []byte
	switch {
	case c.In != nil:
		in = []byte(*c.In)
	case c.InHex != "":
		var err error
		if in, err = hex.DecodeString(c.InHex); err != nil {
			t.Fatal(err)
		}
	default:
		for _, part := range c.Build {
			in = append(in, strings.Repeat(part.Text, part.Times)...)
		}
	}
	return in
}

func TestCodecVectors(t *testing.T) {
	run(t, "codec.json", func(t *testing.T, c codecCase) {
		in := c.input(t)
		v, err := syncproto.ParseValue(in)
		if refused(t, err, c.Error) {
			return
		}
		switch {
		case c.Same:
			equal(t, "canonical form", string(v), string(in))
		case c.OutSHA256 != "":
			sum := sha256.Sum256([]byte(v))
			equal(t, "hash of the canonical form", hex.EncodeToString(sum[:]), c.OutSHA256)
		default:
			equal(t, "canonical form", string(v), c.Out)
		}
		again, err := syncproto.ParseValue([]byte(v))
		if err != nil || again != v {
			t.Errorf("the canonical form is no fixed point: %v", err)
		}
	})
}

type wireCase struct {
	header
	In        string           `json:"in"`
	Canonical string           `json:"canonical"`
	Hash      string           `json:"hash"`
	Error     string           `json:"error"`
	Invalid   string           `json:"invalid"`
	Marks     map[string]int64 `json:"marks"`
	Mutations []string         `json:"mutations"`
	Changes   [][]string       `json:"changes"`
}

func TestMutationVectors(t *testing.T) {
	run(t, "mutation.json", func(t *testing.T, c wireCase) {
		m, err := syncproto.DecodeMutation([]byte(c.In))
		if refused(t, err, c.Error) {
			return
		}
		equal(t, "canonical form", string(syncproto.AppendMutation(nil, m)), c.Canonical)
		hash := syncproto.HashMutation(m)
		equal(t, "hash", hex.EncodeToString(hash[:]), c.Hash)
		refused(t, m.Validate(), c.Invalid)
	})
}

func TestRecordVectors(t *testing.T) {
	run(t, "record.json", func(t *testing.T, c wireCase) {
		r, err := syncproto.DecodeRecord([]byte(c.In))
		if refused(t, err, c.Error) {
			return
		}
		wire := syncproto.AppendRecord(nil, r)
		equal(t, "canonical form", string(wire), c.Canonical)
		hash := syncproto.HashRecord(wire)
		equal(t, "hash", hex.EncodeToString(hash[:]), c.Hash)
		for field, want := range c.Marks {
			if got := r.Mark(field); got != want {
				t.Errorf("mark of %s is %d, want %d", field, got, want)
			}
		}
		equal(t, "clone", string(syncproto.AppendRecord(nil, r.Clone())), c.Canonical)
	})
}

func TestOutcomeVectors(t *testing.T) {
	run(t, "outcome.json", func(t *testing.T, c wireCase) {
		o, err := syncproto.DecodeOutcome([]byte(c.In))
		if !refused(t, err, c.Error) {
			equal(t, "canonical form", string(syncproto.AppendOutcome(nil, &o)), c.Canonical)
		}
	})
}

func TestRequestVectors(t *testing.T) {
	run(t, "request.json", func(t *testing.T, c wireCase) {
		r, err := syncproto.DecodeSyncRequest([]byte(c.In))
		if refused(t, err, c.Error) {
			return
		}
		if c.Canonical != "" {
			for i := range r.Mutations {
				r.Mutations[i].Wire = syncproto.AppendMutation(nil, &r.Mutations[i].Mutation)
			}
			equal(t, "canonical form", string(syncproto.AppendSyncRequest(nil, r)), c.Canonical)
		}
		if len(r.Mutations) != len(c.Mutations) {
			t.Fatalf("%d mutations, want %d", len(r.Mutations), len(c.Mutations))
		}
		for i, want := range c.Mutations {
			refused(t, r.Mutations[i].Err, want)
		}
	})
}

func TestResponseVectors(t *testing.T) {
	run(t, "response.json", func(t *testing.T, c wireCase) {
		r, err := syncproto.DecodeSyncResponse([]byte(c.In))
		if refused(t, err, c.Error) {
			return
		}
		equal(t, "canonical form", string(syncproto.AppendSyncResponse(nil, r)), c.Canonical)
		for i, want := range c.Changes {
			var got []string
			for _, change := range r.Pages[i].Changes {
				got = append(got, kindOfChange(t, change))
			}
			if !slices.Equal(got, want) {
				t.Errorf("page %d holds %v, want %v", i, got, want)
			}
		}
	})
}

// referCase is a change that refers to mutations by number, and what it is when they are put back.
type referCase struct {
	header
	In        string                      `json:"in"`
	Mutations map[string]syncproto.Fields `json:"mutations"`
	Whole     string                      `json:"whole"`
	Error     string                      `json:"error"`
}

func TestReferVectors(t *testing.T) {
	run(t, "refer.json", func(t *testing.T, c referCase) {
		r, err := syncproto.DecodeSyncResponse([]byte(`{"server_time":1,"epoch":"0123456789abcdef","pages":[{"scope":"public","changes":[` + c.In + `]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		change := r.Pages[0].Changes[0]
		sent := change.Sent
		err = change.Fill(func(field string, n int64) (syncproto.Value, bool) {
			v, ok := c.Mutations[strconv.FormatInt(n, 10)][field]
			return v, ok
		})
		if refused(t, err, c.Error) {
			return
		}
		equal(t, "whole", string(change.Wire), c.Whole)
		whole, err := syncproto.DecodeRecord(change.Wire)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "as a server refers", string(syncproto.AppendReferring(nil, whole, sent)), c.In)
	})
}

func kindOfChange(t *testing.T, c syncproto.Change) string {
	if c.Removed {
		return "removed"
	}
	r, err := syncproto.DecodeRecord(c.Wire)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id", string(r.ID), string(c.ID))
	if r.Deleted {
		return "tombstone"
	}
	return "record"
}
