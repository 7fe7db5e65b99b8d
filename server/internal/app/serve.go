package app

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"lantoa/syncproto/catalogue"
)

func runServe(c *call) error {
	var cfg Config
	f := c.flags("serve")
	proxies, level := serverFlags(f, &cfg)
	if err := c.parse(f, 0); err != nil {
		return err
	}
	var err error
	if cfg.Trusted, err = parseProxies(*proxies); err != nil {
		return err
	}
	var min slog.Level
	if err := min.UnmarshalText([]byte(*level)); err != nil {
		return usageError("log: %q", *level)
	}
	if err := cfg.checkMedia(); err != nil {
		return err
	}
	if err := c.s3Keys(&cfg); err != nil {
		return err
	}
	if err := cfg.checkPush(); err != nil {
		return err
	}
	if err := cfg.checkCalls(); err != nil {
		return err
	}
	if err := c.vapidKeys(&cfg); err != nil {
		return err
	}
	if err := c.factKeys(&cfg); err != nil {
		return err
	}
	cfg.Log = slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: min}))
	s, err := Start(c.ctx, cfg)
	if err != nil {
		return err
	}
	greet(c, s)
	s.pushes.tell(c.stdout)
	s.tellFirstLink(c)
	s.tellUnreachable(c.ctx, c.stderr)
	slack := slackenHeap()
	err = s.Wait(c.ctx)
	runtime.KeepAlive(slack)
	fmt.Fprintln(c.stdout, both("server.stopping", nil))
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return err
}

// greet says where the server is and what to do next, in the order in which a new operator needs it.
func greet(c *call, s *Server) {
	where, _ := filepath.Abs(s.cfg.Data)
	invite := program() + " enroll"
	if s.cfg.Data != defaultData {
		invite += " -data " + quote(s.cfg.Data)
	}
	reach := "server.started_open"
	if onlyHere(s.ln.Addr()) {
		reach = "server.started_local"
	}
	args := words{
		"url": s.URL(), "console": forBrowser(s.URL()) + consolePath, "data": where, "operator": invite + " -role operator",
		"volunteer": invite + " -unit " + quote(s.root.Name) + " -role volunteer", "phone": phoneProgram,
	}
	for _, lang := range catalogue.Languages() {
		fmt.Fprintf(c.stdout, "%s\n  %s\n", say(lang, "server.started", args), say(lang, reach, nil))
	}
}

// consolePath is where browsers find the pages.
const consolePath = "/console/"

// forBrowser names this machine as browsers want it: they keep passkeys for localhost and not for an address.
func forBrowser(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
		return at
	}
	u.Host = net.JoinHostPort("localhost", u.Port())
	return u.String()
}

func onlyHere(addr net.Addr) bool {
	a, err := netip.ParseAddrPort(addr.String())
	return err == nil && a.Addr().IsLoopback()
}

// urlOf names an address as a phone would. For a server that listens on every address it is the first one on the local
// network; a proxy's name must be given to enroll by hand.
func urlOf(addr net.Addr) string {
	a, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	host := a.Addr().Unmap()
	if host.IsUnspecified() {
		host = localAddress()
	}
	return "http://" + netip.AddrPortFrom(host, a.Port()).String()
}

func localAddress() netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && p.Addr().Is4() && p.Addr().IsPrivate() {
				return p.Addr()
			}
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func runVersion(c *call) error {
	f := c.flags("version")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "lantoa "+version())
	return nil
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v += "-" + s.Value[:12]
			}
		}
	}
	return v
}
