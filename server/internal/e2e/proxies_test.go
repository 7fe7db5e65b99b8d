package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/syncproto"
)

// How much is sent before the cut: 40 for the figures of OPERATING.md.
var proxyCut = flag.Int64("proxy.cut", 6, "MiB that are sent through a proxy before the connection is cut")

// proxied is a server with a proxy before it.
type proxied struct {
	*yard
	frontend
	log        *journal
	plain, tls string
	token      string
}

// journal keeps what the server logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) has(text string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Contains(j.text.String(), text)
}

// TestBehindProxies measures what is left of an upload that is cut behind a proxy, and what else passes through it. The
// proxies are those that OPERATING.md speaks of, as they come and as it says; one that is not installed is skipped.
func TestBehindProxies(t *testing.T) {
	slow(t)
	for _, f := range frontends {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			p := startProxied(t, f)
			p.cuts()
			for _, check := range []struct {
				name string
				run  func() error
			}{
				{"head", p.head},
				{"large", p.large},
				{"expect", p.expect},
				{"override", p.override},
				{"live", p.live},
				{"location", p.location},
				{"forwarded", p.forwarded},
				{"chunked", p.chunked},
			} {
				err := check.run()
				if known := strings.Contains(" "+f.fails+" ", " "+check.name+" "); known != (err != nil) {
					t.Errorf("%s: %v", check.name, err)
				} else if err != nil {
					t.Logf("%s: %v", check.name, err)
				}
			}
			if strings.Contains(f.conf, "/prefix") {
				if err := p.prefix(); err != nil {
					t.Errorf("prefix: %v", err)
				}
			}
			p.noFaults()
		})
	}
}

func startProxied(t *testing.T, f frontend) *proxied {
	t.Helper()
	program, err := exec.LookPath(f.program)
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/" + f.program); err != nil {
			t.Skip(f.program + " is not installed")
		}
	}
	p := &proxied{frontend: f, log: &journal{}}
	p.yard = newYard(t, func(c *app.Config) {
		c.Log, c.Trusted = slog.New(slog.NewTextHandler(p.log, nil)), []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	dir := t.TempDir()
	certify(t, dir)
	p.plain, p.tls = freeAddress(t), freeAddress(t)
	user := ""
	if os.Getuid() == 0 { // else its workers are somebody who may not write into this directory
		user = "user root;"
	}
	put := strings.NewReplacer("{user}", user, "{dir}", dir, "{server}", p.s.Addr().String(), "{plain}", p.plain, "{tls}", p.tls,
		"{conf}", filepath.Join(dir, "conf"))
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(put.Replace(f.conf)), 0o600); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, a := range f.args {
		args = append(args, put.Replace(a))
	}
	child := exec.Command(program, args...)
	child.Dir, child.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if f.program == "nginx" {
			_ = child.Process.Signal(os.Interrupt) // it then ends its workers too
		} else {
			_ = child.Process.Kill() // Caddy would wait for every connection
		}
		_ = child.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", f.program, said.String())
		}
	})
	for _, address := range []string{p.plain, p.tls} {
		until(t, time.Minute, f.program+" listens", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
	p.token = p.enrollRaw("http://" + p.plain)
	return p
}

// freeAddress returns an address for a program that cannot say which one it took, or that must come back where it was. Its
// port is below those that systems give away by themselves, so that nobody is given it meanwhile.
func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+mathrand.IntN(12_000)))
		if err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
}

// certify writes a certificate for this machine.
func certify(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for name, data := range map[string][]byte{"cert.pem": certText, "key.pem": keyText, "both.pem": append(certText, keyText...)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var proxyClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true, MaxIdleConnsPerHost: -1, // its own certificate
}}

// enrollRaw enrolls a phone that is only a token.
func (p *proxied) enrollRaw(server string) string {
	p.t.Helper()
	code := p.code(syncproto.RoleVolunteer, "Lan")
	body := syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{Code: code, Device: syncproto.NewID(), Nonce: "abcdefghijklmnopqrstuvwx"})
	answer, err := proxyClient.Post(server+"/v1/enroll", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	enrolled, err := syncproto.DecodeEnrollResponse(text)
	if err != nil {
		p.t.Fatalf("enroll: %d %s", answer.StatusCode, text)
	}
	return enrolled.Token
}

// ask does one request about an upload.
func (p *proxied) ask(method, address string, body io.Reader, headers ...string) (*http.Response, error) {
	r, err := http.NewRequest(method, address, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Tus-Resumable", "1.0.0")
	if body != nil {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := proxyClient.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	return answer, err
}

// create makes an upload, a part of a file, and returns its address as a client resolves it.
func (p *proxied) create(collection string, size int64, headers ...string) (string, error) {
	headers = append(headers, "Upload-Concat", "partial", "Upload-Length", strconv.FormatInt(size, 10))
	answer, err := p.ask(http.MethodPost, collection, nil, headers...)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("created with %s", answer.Status)
	}
	base, err := url.Parse(collection)
	if err != nil {
		return "", err
	}
	at, err := base.Parse(answer.Header.Get("Location"))
	if err != nil {
		return "", err
	}
	return at.String(), nil
}

// offset asks how far an upload is.
func (p *proxied) offset(address string) (int64, error) {
	answer, err := p.ask(http.MethodHead, address, nil)
	if err != nil {
		return 0, err
	}
	if answer.StatusCode/100 != 2 {
		return 0, fmt.Errorf("asked with %s", answer.Status)
	}
	return strconv.ParseInt(answer.Header.Get("Upload-Offset"), 10, 64)
}

const uploadsAt = "/v1/uploads"

// cuts sends some of a body and goes away when the server has it, as a phone does whose bytes come slowly; three times.
// Where a proxy holds bodies back, nothing is left of it, and the server says so once. At last it goes away at once, with
// what this machine's buffers hold: that is told and not judged.
func (p *proxied) cuts() {
	p.t.Helper()
	sent := *proxyCut << 20
	address, err := p.create("http://"+p.plain+uploadsAt, 8*sent)
	if err != nil {
		p.t.Fatal(err)
	}
	var told []string
	for round := range 4 {
		at, err := p.offset(address)
		if err != nil {
			p.t.Fatal(err)
		}
		p.cutAfter(address, at, sent, 8*sent-at, round < 3)
		kept, err := p.offset(address)
		if err != nil {
			p.t.Fatal(err)
		}
		kept -= at
		if p.buffers && kept > 0 {
			p.t.Errorf("%d bytes passed a proxy that holds them back", kept)
		}
		if !p.buffers && kept != sent && round < 3 {
			p.t.Errorf("of %d bytes sent and cut, %d are kept", sent, kept)
		}
		told = append(told, fmt.Sprintf("%.2f", float64(kept)/(1<<20)))
	}
	p.t.Logf("%s: of %d MiB sent and cut, %s MiB are kept, cut at once %s", p.name, *proxyCut, strings.Join(told[:3], ", "), told[3])
	if told := p.log.has("a proxy seems to hold uploads back"); told != p.buffers {
		p.t.Errorf("the server warns of this proxy: %t, want %t", told, p.buffers)
	}
}

// cutAfter sends some bytes of a PATCH and closes the connection; with patience, when they have come or will not.
func (p *proxied) cutAfter(address string, at, sent, announced int64, patience bool) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	before := p.figures()["lantoa_upload_bytes_total"]
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: %d\r\n"+
		"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n", u.Path, u.Host, p.token, at, announced)
	_, _ = io.CopyN(conn, zeros{}, sent) // a proxy may refuse it half-way
	if !patience {
		return
	}
	limit := time.Minute
	if p.buffers {
		limit = 300 * time.Millisecond
	}
	waitFor(limit, func() bool { return int64(p.figures()["lantoa_upload_bytes_total"]-before) >= sent })
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
