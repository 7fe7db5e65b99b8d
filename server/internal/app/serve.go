package app

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"runtime/debug"
	"strings"
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
	cfg.Log = slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: min}))
	s, err := Start(c.ctx, cfg)
	if err != nil {
		return err
	}
	greet(c, s)
	err = s.Wait(c.ctx)
	fmt.Fprintln(c.stdout, "Đang dừng… / Stopping…")
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return err
}

// greet says where the server is and what to do next, in the order in which a new operator needs it.
func greet(c *call, s *Server) {
	where, _ := filepath.Abs(s.cfg.Data)
	run := "go run ./server"
	data := ""
	if s.cfg.Data != defaultData {
		data = " -data " + quote(s.cfg.Data)
	}
	operator := run + " enroll" + data + " -role operator"
	volunteer := run + " enroll" + data + " -unit " + quote(s.root.Name) + " -role volunteer"
	phone := "go run ./mobile-sdk/cmd/phone -dir phone1 enroll %s -server " + s.URL()
	fmt.Fprintf(c.stdout, `Lan tỏa đang chạy tại %s — dữ liệu ở %s
  1. Mã cho người vận hành:   %s
  2. Mã cho tình nguyện viên: %s
  3. Ghi danh điện thoại:     %s
%s
Lantoa is running at %s — data in %s
  1. A code for the operator:  %s
  2. A code for a volunteer:   %s
  3. Enrol a phone:            %s
%s
`, s.URL(), where, operator, volunteer, fmt.Sprintf(phone, "MÃ"), hintVi(s), s.URL(), where, operator, volunteer,
		fmt.Sprintf(phone, "CODE"), hintEn(s))
}

func hintVi(s *Server) string {
	if onlyHere(s.ln.Addr()) {
		return "  Chỉ máy này tới được; để điện thoại trong mạng tới được: -listen :8080. Dừng: Ctrl+C."
	}
	return "  Ngoài mạng nội bộ, hãy đặt sau proxy có TLS (server/OPERATING.md). Dừng: Ctrl+C."
}

func hintEn(s *Server) string {
	if onlyHere(s.ln.Addr()) {
		return "  Only this machine can reach it; for phones on the network: -listen :8080. Stop: Ctrl+C."
	}
	return "  Beyond the local network, put a proxy with TLS in front (server/OPERATING.md). Stop: Ctrl+C."
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

// quote makes a text safe to paste into a shell.
func quote(text string) string {
	if !strings.ContainsAny(text, " \t\"'$`\\&;|<>()*?!#~") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
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
