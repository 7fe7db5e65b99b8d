package app

import (
	"crypto/x509"
	"errors"
	"flag"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"lantoa/server/internal/console"

	"lantoa/server/internal/push/webpush"
)

// Config is everything that can be set. The zero value of an optional field is what a server runs with.
type Config struct {
	Data         string           // the data directory; required
	Listen       string           // "" for 127.0.0.1:8080; port 0 takes a free one
	Organisation string           // name of the root unit, made in an empty database; "" for the default
	Origin       string           // where browsers find the server, for passkeys; "" for localhost only
	Enter        console.Enter    // ready sign-in links of a demonstration
	Trusted      []netip.Prefix   // proxies whose X-Forwarded-For is believed
	Log          *slog.Logger     // nil for none
	Now          func() time.Time // nil for time.Now; demonstrations compress a week into minutes
	LivePoll     time.Duration    // between looks for what other processes changed; 0 for 2 s
	Hold         time.Duration    // how long an approval or a publication can be taken back; 0 for not at all
	Grace        time.Duration    // for running requests at shutdown; 0 for 30 s
	MaxLive      int              // live connections at once; 0 for 20,000

	FactKeys string // of what people told of themselves, in hex; never from the command line; "" for a file in the data directory

	// The files of photos.
	S3          string        // the bucket that they are in, as parseS3 reads it; "" for a folder in the data directory
	S3AccessKey string        // never from the command line
	S3SecretKey string        // likewise
	S3Presign   time.Duration // how long an address of the bucket given to readers is good; 0 to give them the bytes
	MediaQuota  int64         // bytes that one person may have sent; 0 for 20 GiB
	MediaKeep   time.Duration // how long an unfinished upload may rest; 0 for 7 days
	MediaGrace  time.Duration // how long a file that nothing refers to is kept; 0 for 30 days
	MinFree     int64         // bytes of the disk that uploads leave free; 0 for 2 GiB or a tenth

	// Pushes. With neither credentials nor keys calls go through the inbox.
	FCMCredentials string         // the JSON file of a Firebase service account; "" for none
	FCMProject     string         // "" for the one in that file
	FCMEndpoint    string         // instead of Google's, for a stand-in
	FCMRoots       *x509.CertPool // of a stand-in's certificate; nil for the system's
	FCMRootsFile   string         // likewise, as PEM
	VAPIDPrivate   string         // with which this server speaks to push services of browsers; "" for those of the data directory
	VAPIDPublic    string
	PushContact    string         // to which push services of browsers write; "" for the one beside the keys, or Origin
	PushStand      *webpush.Stand // opens Web Push to a stand-in on this machine
	PushRate       float64        // messages a second to one service; 0 for 500
	PushRamp       time.Duration  // from a tenth of that to all of it; 0 for a minute, negative for none
	PushCap        int            // routine pushes for a person on a day; 0 for 4

	FactRules string // a file with the days between gifts and what says so; "" for those of Circular 26/2013/TT-BYT

	CallLarge int64  // recipients above which a call needs a second officer; 0 for 5000
	CallLinks string // hosts to which calls may link, between commas
}

const (
	defaultData         = "lantoa-data"
	defaultListen       = "127.0.0.1:8080"
	defaultOrganisation = "Hội Chữ thập đỏ"
)

func (c *Config) fill() error {
	if c.Data == "" {
		return errors.New("a server needs a data directory")
	}
	if c.Listen == "" {
		c.Listen = defaultListen
	}
	if c.Organisation == "" {
		c.Organisation = defaultOrganisation
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Grace <= 0 {
		c.Grace = 30 * time.Second
	}
	if c.MediaKeep <= 0 {
		c.MediaKeep = 7 * 24 * time.Hour
	}
	return nil
}

// dataFlag is the flag that every command has.
func dataFlag(f *flag.FlagSet, c *Config) {
	f.StringVar(&c.Data, "data", defaultData, "server.flag_data")
}

// serverFlags are those of serve.
func serverFlags(f *flag.FlagSet, c *Config) (proxies, level *string) {
	dataFlag(f, c)
	f.StringVar(&c.Listen, "listen", defaultListen, "server.flag_listen")
	f.StringVar(&c.Organisation, "organisation", defaultOrganisation, "server.flag_organisation")
	f.StringVar(&c.Origin, "origin", "", "server.flag_origin")
	f.DurationVar(&c.Hold, "hold", time.Minute, "server.flag_hold")
	f.DurationVar(&c.Grace, "grace", 30*time.Second, "server.flag_grace")
	f.IntVar(&c.MaxLive, "max-live", 20000, "server.flag_max_live")
	proxies = f.String("trusted-proxies", "", "server.flag_trusted_proxies")
	level = f.String("log", "info", "server.flag_log")
	mediaFlags(f, c)
	pushFlags(f, c)
	pushPace(f, c)
	callFlags(f, c)
	return proxies, level
}

// parseProxies reads addresses and prefixes.
func parseProxies(text string) (out []netip.Prefix, err error) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if addr, err := netip.ParseAddr(part); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, usageError("trusted-proxies: %q", part)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (c *Config) path(name string) string { return filepath.Join(c.Data, name) }
