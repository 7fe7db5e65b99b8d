package campaign

import (
	"net/url"
	"path"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxLink bounds an address.
const maxLink = 500

// checkLink takes two kinds of addresses: a path inside the app, and one at a host that was allowed, over https. Errors:
// call_link.
func (s *Service) checkLink(c *storage.Call) error {
	if c.Link == "" || linkAllowed(c.Link, s.opt.LinkHosts) {
		return nil
	}
	return fail(syncproto.CodeCallLink, opCheck, "link")
}

func linkAllowed(link string, hosts []string) bool {
	if len(link) > maxLink || strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
		return false
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" {
		return false
	}
	if u.Scheme == "" {
		// A browser would read "//host" as another site's address, and "/a/../../b" as one above the app's.
		return u.Host == "" && strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") && cleanPath(u.Path)
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, allowed := range hosts {
		allowed = strings.ToLower(strings.Trim(allowed, "."))
		if allowed != "" && (host == allowed || strings.HasSuffix(host, "."+allowed)) {
			return true
		}
	}
	return false
}

// cleanPath reports whether a path names what it seems to.
func cleanPath(p string) bool { return path.Clean(p) == strings.TrimSuffix(p, "/") || p == "/" }
