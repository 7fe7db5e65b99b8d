package app

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/metrics"
	"lantoa/storage"
	"lantoa/syncproto/catalogue"
)

// blobFlags say where the files of photos are; serve and media have them.
func blobFlags(f *flag.FlagSet, c *Config) {
	f.StringVar(&c.S3, "s3", "", "server.flag_s3")
}

// mediaFlags are those of serve.
func mediaFlags(f *flag.FlagSet, c *Config) {
	blobFlags(f, c)
	f.DurationVar(&c.S3Presign, "s3-presign", 0, "server.flag_s3_presign")
	c.MediaQuota, c.MinFree = 20<<30, 0
	f.Var((*byteSize)(&c.MediaQuota), "media-quota", "server.flag_media_quota")
	f.Var((*byteSize)(&c.MinFree), "min-free", "server.flag_min_free")
	f.DurationVar(&c.MediaKeep, "media-keep", 7*24*time.Hour, "server.flag_media_keep")
	f.DurationVar(&c.MediaGrace, "media-grace", 30*24*time.Hour, "server.flag_media_grace")
}

// checkMedia refuses settings that would lose files.
func (c *Config) checkMedia() error {
	switch {
	case c.S3Presign < 0 || c.S3Presign > storage.MaxPresigned || c.S3Presign > 0 && c.S3Presign < time.Second:
		return usageError("s3-presign: 0, or 1s to %s", storage.MaxPresigned)
	case c.S3Presign > 0 && c.S3 == "":
		return usageError("s3-presign without s3")
	case c.MediaKeep != 0 && c.MediaKeep < time.Hour:
		return usageError("media-keep: at least 1h")
	case c.MediaGrace != 0 && c.MediaGrace < 24*time.Hour:
		return usageError("media-grace: at least 24h")
	}
	return nil
}

func runMedia(c *call) error {
	word, err := c.sub("media", "verify")
	if err != nil || word == "" {
		return err
	}
	var cfg Config
	f := c.flags("media")
	dataFlag(f, &cfg)
	blobFlags(f, &cfg)
	sample := f.Int("sample", 200, "server.flag_media_sample")
	all := f.Bool("all", false, "server.flag_media_all")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.s3Keys(&cfg); err != nil {
		return err
	}
	return c.withData(&cfg, func(w *workshop) error {
		blobs, err := openBlobs(c.ctx, &cfg)
		if err != nil {
			return err
		}
		defer blobs.Close()
		return c.verify(media.New(w.store, blobs, media.Options{Now: cfg.Now}), media.VerifyOptions{Sample: *sample, All: *all})
	})
}

// verify prints what is wrong as it is found, and a summary.
func (c *call) verify(service *media.Service, o media.VerifyOptions) error {
	o.Found = func(id storage.BlobID, f media.Finding) {
		if f != media.FoundOrphaned {
			fmt.Fprintf(c.stderr, "%s  %s\n", id, both("server.media_"+string(f), nil))
		}
	}
	var told time.Time
	o.Progress = func(done, all int64) {
		if time.Since(told) < time.Second && done < all {
			return
		}
		told = time.Now()
		fmt.Fprintf(c.stderr, "\r%d/%d", done, all)
		if done == all {
			fmt.Fprintln(c.stderr)
		}
	}
	report, err := service.Verify(c.ctx, o)
	if err != nil {
		return err
	}
	printReport(c.stdout, report)
	if report.Bad() {
		return &fault{exit: exitBroken, key: "server.fault_media"}
	}
	return nil
}

func printReport(w io.Writer, r *media.Report) {
	rows := []struct {
		key string
		n   int64
	}{
		{"server.media_files", r.Files},
		{"server.media_blobs", r.Blobs},
		{"server.media_bytes", (r.Bytes + 1<<20 - 1) >> 20},
		{"server.media_hashed", r.Hashed},
		{"server.media_missing", r.Found[media.FoundMissing]},
		{"server.media_damaged", r.Found[media.FoundDamaged]},
		{"server.media_wrong_size", r.Found[media.FoundWrongSize]},
		{"server.media_orphaned", r.Found[media.FoundOrphaned]},
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%10s  %s\n", strconv.FormatInt(row.n, 10), both(row.key, nil))
	}
	verdict := "server.media_whole"
	if r.Bad() {
		verdict = "server.media_lost"
	}
	for _, lang := range catalogue.Languages() {
		fmt.Fprintln(w, say(lang, verdict, nil))
	}
}

// mediaGauges registers what an operator watches of the files.
func (s *Server) mediaGauges(m *metrics.Metrics) {
	for _, g := range []struct {
		name, help string
		value      func(media.Totals) int64
	}{
		{"lantoa_media_waiting", "Files that wait to be looked at.", func(t media.Totals) int64 { return t.Waiting }},
		{"lantoa_media_refused", "Files that are kept and not shown.", func(t media.Totals) int64 { return t.Refused }},
		{"lantoa_media_files", "Files of photos that are kept.", func(t media.Totals) int64 { return t.Files }},
		{"lantoa_media_bytes", "Bytes of those files, as they came.", func(t media.Totals) int64 { return t.Bytes }},
	} {
		m.Gauge(g.name, g.help, func() float64 { return float64(g.value(s.media.Totals())) })
	}
}
