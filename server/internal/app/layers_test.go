package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says of one package, test variants left out.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// mayImport says, for each part of the tree, which other parts of this module it may import. The longest prefix
// wins. Nothing that is not written here is allowed.
var mayImport = map[string][]string{
	"lantoa/syncproto":                    {"lantoa/syncproto"},
	"lantoa/storage":                      {"lantoa/syncproto", "lantoa/storage"},
	"lantoa/mobile-sdk":                   {"lantoa/syncproto", "lantoa/mobile-sdk"},
	"lantoa/server":                       {"lantoa/server/internal/app"},
	"lantoa/server/internal":              {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal"},
	"lantoa/server/internal/console":      {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal", "lantoa/server/web/console"},
	"lantoa/server/internal/console/rig":  {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal", "lantoa/mobile-sdk"},
	"lantoa/server/web":                   {},
	"lantoa/server/internal/demo":         {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal", "lantoa/mobile-sdk"},
	"lantoa/server/internal/e2e":          {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal", "lantoa/mobile-sdk"},
	"lantoa/server/internal/loadtest":     {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal", "lantoa/mobile-sdk"},
	"lantoa/syncproto/vectors":            {},
	"lantoa/syncproto/mediafile":          {"lantoa/syncproto"},
	"lantoa/storage/memory":               {"lantoa/syncproto", "lantoa/storage"},
	"lantoa/storage/sqlite":               {"lantoa/syncproto", "lantoa/storage"},
	"lantoa/server/internal/httpapi":      {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal"},
	"lantoa/mobile-sdk/internal":          {"lantoa/syncproto", "lantoa/mobile-sdk/internal"},
	"lantoa/server/internal/syncer":       {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/review", "lantoa/server/internal/wire"},
	"lantoa/server/internal/answers":      {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/syncer", "lantoa/server/internal/wire"},
	"lantoa/server/internal/desk":         {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/review", "lantoa/server/internal/syncer"},
	"lantoa/server/internal/review":       {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people"},
	"lantoa/server/internal/people":       {"lantoa/syncproto", "lantoa/storage"},
	"lantoa/server/internal/live":         {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people"},
	"lantoa/server/internal/upload":       {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/media"},
	"lantoa/server/internal/media":        {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/review"},
	"lantoa/server/internal/metrics":      {"lantoa/syncproto"},
	"lantoa/server/internal/figure":       {"lantoa/syncproto"},
	"lantoa/server/internal/audience":     {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/figure"},
	"lantoa/server/internal/reach":        {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/figure", "lantoa/server/internal/sheet"},
	"lantoa/server/internal/sheet":        {"lantoa/syncproto"},
	"lantoa/server/internal/overview":     {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/review", "lantoa/server/internal/figure"},
	"lantoa/syncproto/reconcile":          {"lantoa/syncproto"},
	"lantoa/syncproto/catalogue":          {"lantoa/syncproto"},
	"lantoa/syncproto/picture":            {"lantoa/syncproto"},
	"lantoa/storage/storagetest":          {"lantoa/syncproto", "lantoa/storage"},
	"lantoa/mobile-sdk/simtest":           {"lantoa/syncproto", "lantoa/mobile-sdk"},
	"lantoa/mobile-sdk/cmd":               {"lantoa/syncproto", "lantoa/mobile-sdk"},
	"lantoa/mobile-sdk/internal/hook":     {},
	"lantoa/server/internal/push":         {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/metrics"},
	"lantoa/server/internal/notify":       {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/review", "lantoa/server/internal/push"},
	"lantoa/server/internal/push/fcm":     {"lantoa/syncproto", "lantoa/server/internal/push"},
	"lantoa/server/internal/push/webpush": {"lantoa/syncproto", "lantoa/server/internal/push"},
	"lantoa/server/internal/push/standin": {},
	"lantoa/server/internal/campaign":     {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/audience", "lantoa/server/internal/figure", "lantoa/server/internal/notify", "lantoa/server/internal/people", "lantoa/server/internal/syncer"},
	"lantoa/server/internal/press":        {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/desk", "lantoa/server/internal/media", "lantoa/server/internal/syncer"},
	"lantoa/server/internal/enroll":       {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people"},
	"lantoa/server/internal/staff":        {"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal/people", "lantoa/server/internal/enroll"},
}

// soleImporters names, for each heavy library, the only packages that may import it. A trailing slash means the
// module and everything in it.
var soleImporters = map[string][]string{
	"modernc.org/":                       {"lantoa/storage/sqlite", "lantoa/storage/sqlite/baseline", "lantoa/mobile-sdk/internal/phonestore"},
	"github.com/gofiber/":                {"lantoa/server/internal/httpapi"},
	"github.com/valyala/fasthttp":        {"lantoa/server/internal/httpapi", "lantoa/server/internal/loadtest"},
	"github.com/prometheus/":             {"lantoa/server/internal/metrics"},
	"github.com/minio/":                  {"lantoa/storage/s3blob"},
	"firebase.google.com/":               {"lantoa/server/internal/push/fcm"},
	"google.golang.org/api":              {"lantoa/server/internal/push/fcm"},
	"golang.org/x/oauth2":                {"lantoa/server/internal/push/fcm"},
	"github.com/SherClockHolmes/":        {"lantoa/server/internal/push/webpush"},
	"github.com/jackc/pgx":               {"lantoa/storage/postgres"},
	"github.com/nyaruka/":                {"lantoa/server/internal/people"},
	"rsc.io/qr":                          {"lantoa/server/internal/enroll"},
	"github.com/mdp/qrterminal":          {"lantoa/server/internal/app"},
	"golang.org/x/crypto":                {"lantoa/server/internal/staff"},
	"golang.org/x/term":                  {"lantoa/server/internal/app"},
	"github.com/go-webauthn/":            {"lantoa/server/internal/staff"},
	"github.com/descope/":                {},
	"golang.org/x/image":                 {"lantoa/syncproto/picture"},
	"github.com/galdor/go-thumbhash":     {"lantoa/syncproto/picture"},
	"github.com/gabriel-vasile/":         {"lantoa/syncproto/mediafile"},
	"github.com/getkin/":                 {},
	"github.com/xuri/excelize/v2":        {"lantoa/server/internal/sheet"},
	"github.com/chromedp/":               {"lantoa/server/internal/console/rig", "lantoa/server/internal/console/walk"},
	"github.com/klauspost/compress":      {"lantoa/server/internal/wire", "lantoa/mobile-sdk", "lantoa/server/internal/loadtest"},
	"testing":                            {"lantoa/storage/storagetest", "lantoa/mobile-sdk/simtest", "lantoa/server/internal/console/rig"},
	"lantoa/storage/storagetest":         {},
	"lantoa/mobile-sdk/simtest":          {},
	"lantoa/syncproto/vectors":           {},
	"lantoa/server/internal/console/rig": {"lantoa/server/internal/console/walk"},
	"lantoa/mobile-sdk":                  {"lantoa/mobile-sdk/cmd/phone", "lantoa/mobile-sdk/simtest", "lantoa/server/internal/console/rig", "lantoa/server/internal/demo", "lantoa/server/internal/e2e", "lantoa/server/internal/loadtest"},
	"lantoa/server/internal/app":         {"lantoa/server", "lantoa/server/internal/console/rig"},
}

// TestLayers holds the import graph of the shipped packages to the map of the design. The vocabulary is imported by
// all, storage by the server, everything by app; nothing points the other way.
func TestLayers(t *testing.T) {
	packages := list(t, "lantoa/...")
	if len(packages) < 8 {
		t.Fatalf("go list found %d packages, the module has more", len(packages))
	}
	for _, p := range packages {
		allowed, rule := allowedFor(p.ImportPath)
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "lantoa/") && imported != p.ImportPath && !under(imported, allowed) {
				t.Errorf("%s imports %s; the rule for %s allows %v", p.ImportPath, imported, rule, allowed)
			}
			checkSole(t, p.ImportPath, imported)
		}
	}
}

// TestBinaryHoldsNoTestHelpers keeps suites and simulators out of what is installed. The testing package itself comes
// with Fiber's own helpers; that no package of ours brings it is checked by TestLayers.
func TestBinaryHoldsNoTestHelpers(t *testing.T) {
	for _, program := range []string{"lantoa/server", "lantoa/mobile-sdk/cmd/phone"} {
		for _, p := range list(t, program) {
			for _, forbidden := range []string{"lantoa/storage/storagetest", "lantoa/storage/sqlite/baseline", "lantoa/mobile-sdk/simtest", "lantoa/server/internal/e2e", "lantoa/server/internal/console/rig", "lantoa/syncproto/vectors"} {
				if slices.Contains(p.Deps, forbidden) {
					t.Errorf("%s links %s", program, forbidden)
				}
			}
		}
	}
}

func allowedFor(path string) (allowed []string, rule string) {
	for prefix := range mayImport {
		if (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) > len(rule) {
			rule = prefix
		}
	}
	// app wires everything together: the only package that knows everyone.
	if path == "lantoa/server/internal/app" {
		return []string{"lantoa/syncproto", "lantoa/storage", "lantoa/server/internal"}, path
	}
	return mayImport[rule], rule
}

func under(path string, roots []string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

func checkSole(t *testing.T, importer, imported string) {
	for library, allowed := range soleImporters {
		match := imported == library || strings.HasSuffix(library, "/") && strings.HasPrefix(imported, library) ||
			!strings.HasPrefix(library, "lantoa/") && library != "testing" && strings.HasPrefix(imported, library+"/")
		if match && !slices.Contains(allowed, importer) && !strings.HasPrefix(importer, imported) {
			t.Errorf("%s imports %s, which only %v may import", importer, imported, allowed)
		}
	}
}

func list(t *testing.T, patterns ...string) []listed {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); err {
		case nil:
			all = append(all, p)
		case io.EOF:
			return all
		default:
			t.Fatal(err)
		}
	}
}
