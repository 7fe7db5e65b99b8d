package standin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a stand-in is like. The zero value is a fast service without faults.
type Options struct {
	// Project is the Firebase project that it knows; "" means "standin".
	Project string
	// Latency is how long it takes over each message. SetLatency changes it.
	Latency time.Duration
	// HTTP1 serves HTTP/1.1 alone, still with TLS.
	HTTP1 bool
	// Ended gives it a certificate that has ended, which is what a clock that is ahead makes of every certificate.
	Ended bool
	// Streams is how many requests it allows on one HTTP/2 connection; 0 means 100.
	Streams int
	// Seed decides which targets and requests Share picks.
	Seed uint64
	// Remember is how many different messages it remembers; 0 means 1,048,576 (some 20 bytes each), less than 0 none.
	Remember int
	// Keep is how many of the last message bodies it keeps.
	Keep int
	// Inspect, where it is not nil, sees every body that a service or a browser would read. It runs concurrently and must
	// not keep the bytes.
	Inspect func(body []byte)
}

// Server is a running stand-in. It is safe for concurrent use.
type Server struct {
	opts    Options
	http    *http.Server
	origin  string
	leaf    *x509.Certificate
	stop    chan struct{}
	served  sync.WaitGroup
	closed  sync.Once
	latency atomic.Int64

	counters counters
	ledger   ledger
	bodies   bodies
	behave   behaviours
	quota    quota
	tokens   tokens
	browsers browsers
}

// New starts a stand-in on a free port of the loopback. The caller closes it.
func New(o Options) (*Server, error) {
	if o.Project == "" {
		o.Project = "standin"
	}
	if o.Streams <= 0 {
		o.Streams = 100
	}
	certificate, err := makeCertificate(o.Ended)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the stand-in: %w", err)
	}
	s := &Server{opts: o, origin: "https://" + listener.Addr().String(), leaf: certificate.Leaf, stop: make(chan struct{})}
	s.latency.Store(int64(o.Latency))
	s.ledger.init(o.Remember)
	s.bodies.keep = o.Keep
	s.behave.seed = o.Seed
	s.tokens.init()
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState:         s.counters.connection,
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: o.Streams},
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		Protocols:         new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetHTTP2(!o.HTTP1)
	s.served.Go(func() {
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // the listener is ours
		}
	})
	return s, nil
}

type connKey struct{}

// URL is the origin of the stand-in, such as https://127.0.0.1:40123.
func (s *Server) URL() string { return s.origin }

// Endpoint is what replaces https://fcm.googleapis.com/v1.
func (s *Server) Endpoint() string { return s.origin + "/v1" }

// Roots are the authorities that the stand-in's certificate is checked against.
func (s *Server) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(s.leaf)
	return roots
}

// PEM is its certificate, for another process to check it against.
func (s *Server) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.leaf.Raw})
}

// Project is the Firebase project that it knows.
func (s *Server) Project() string { return s.opts.Project }

// SetLatency changes how long it takes over each message.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// Close cuts every connection and waits for what is being served. Closing again does nothing.
func (s *Server) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.stop)
		err = s.http.Close()
	})
	s.served.Wait()
	return err
}

// serve finds the service that is asked for.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.served.Add(1)
	defer s.served.Done()
	s.counters.begin()
	defer s.counters.end()
	path := r.URL.Path
	switch {
	case r.Method != http.MethodPost:
		http.NotFound(w, r)
	case path == "/token":
		s.token(w, r)
	case len(path) > len(pushPath) && path[:len(pushPath)] == pushPath:
		s.push(w, r)
	default:
		s.send(w, r)
	}
}

// pause takes the latency, unless the stand-in ends.
func (s *Server) pause() {
	if d := time.Duration(s.latency.Load()); d > 0 {
		time.Sleep(d)
	}
}

// hang answers nothing until the client or the stand-in gives up.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.stop:
	}
	panic(http.ErrAbortHandler)
}

// cut breaks the whole connection, with all that is under way on it.
func cut(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		if secure, ok := c.(*tls.Conn); ok {
			c = secure.NetConn()
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
	panic(http.ErrAbortHandler)
}

// makeCertificate makes a certificate for the loopback that lives as long as the process.
func makeCertificate(ended bool) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the stand-in's key: %w", err)
	}
	from, until := time.Now().Add(-2*time.Hour), time.Now().Add(365*24*time.Hour)
	if ended {
		until = from.Add(time.Hour)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the stand-in's certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read the stand-in's certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
