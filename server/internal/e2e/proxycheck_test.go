package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// head: HEAD and PATCH pass with all their headers.
func (p *proxied) head() error {
	address, err := p.create("http://"+p.plain+uploadsAt, 10)
	if err != nil {
		return err
	}
	answer, err := p.ask(http.MethodHead, address, nil)
	if err != nil {
		return err
	}
	for _, name := range []string{"Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Concat", "Tus-Resumable", "Lantoa-State"} {
		if answer.Header.Get(name) == "" {
			return fmt.Errorf("%s is gone", name)
		}
	}
	answer, err = p.ask(http.MethodPatch, address, strings.NewReader("0123456789"), "Upload-Offset", "0")
	if err == nil && (answer.StatusCode != http.StatusNoContent || answer.Header.Get("Upload-Offset") != "10") {
		err = fmt.Errorf("written with %s", answer.Status)
	}
	if err != nil {
		return err
	}
	answer, err = p.ask(http.MethodOptions, "http://"+p.plain+uploadsAt, nil)
	if err == nil && answer.Header.Get("Tus-Extension") == "" {
		err = fmt.Errorf("OPTIONS answered %s", answer.Status)
	}
	if err == nil {
		answer, err = p.ask(http.MethodDelete, address, nil)
		if err == nil && answer.StatusCode/100 != 2 && answer.StatusCode != http.StatusNotFound {
			err = fmt.Errorf("deleted with %s", answer.Status)
		}
	}
	return err
}

// large: 4 KiB of metadata in base64 and more than a megabyte of body pass.
func (p *proxied) large() error {
	metadata := "name " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 3000))
	if _, err := p.create("http://"+p.plain+uploadsAt, 10, "Upload-Metadata", metadata, "X-Filler", strings.Repeat("y", 4000)); err != nil {
		return err
	}
	address, err := p.create("http://"+p.plain+uploadsAt, 3<<20)
	if err != nil {
		return err
	}
	answer, err := p.ask(http.MethodPatch, address, io.LimitReader(zeros{}, 3<<20), "Upload-Offset", "0")
	if err == nil && answer.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("3 MiB answered %s", answer.Status)
	}
	return err
}

// expect: a client that asks first is told to go on.
func (p *proxied) expect() error {
	address, err := p.create("http://"+p.plain+uploadsAt, 10)
	if err != nil {
		return err
	}
	answer, err := p.ask(http.MethodPatch, address, strings.NewReader("0123456789"), "Upload-Offset", "0", "Expect", "100-continue")
	if err == nil && answer.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("answered %s", answer.Status)
	}
	return err
}

// override: PATCH inside of POST.
func (p *proxied) override() error {
	address, err := p.create("http://"+p.plain+uploadsAt, 10)
	if err != nil {
		return err
	}
	answer, err := p.ask(http.MethodPost, address, strings.NewReader("0123456789"), "Upload-Offset", "0", "X-HTTP-Method-Override", "PATCH")
	if err == nil && answer.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("answered %s", answer.Status)
	}
	return err
}

// chunked: a body whose length nobody said.
func (p *proxied) chunked() error {
	address, err := p.create("http://"+p.plain+uploadsAt, 100<<10)
	if err != nil {
		return err
	}
	answer, err := p.ask(http.MethodPatch, address, io.MultiReader(io.LimitReader(zeros{}, 100<<10)), "Upload-Offset", "0")
	if err == nil && answer.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("answered %s", answer.Status)
	}
	return err
}

// live: what the live stream says comes at once.
func (p *proxied) live() error {
	r, err := http.NewRequest(http.MethodGet, "http://"+p.plain+"/v1/live", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := proxyClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	line := make(chan error, 1)
	go func() {
		_, err := bufio.NewReader(answer.Body).ReadString('\n')
		line <- err
	}()
	select {
	case err := <-line:
		return err
	case <-time.After(15 * time.Second):
		return fmt.Errorf("nothing came in 15 s, which is below the heartbeat")
	}
}

// location: the address of an upload is right behind TLS.
func (p *proxied) location() error {
	address, err := p.create("https://"+p.tls+uploadsAt, 10)
	if err == nil {
		_, err = p.offset(address)
	}
	if err == nil && !strings.HasPrefix(address, "https://"+p.tls+uploadsAt+"/") {
		err = fmt.Errorf("the upload is at %s", address)
	}
	return err
}

// forwarded: the server sees that somebody asks through a proxy, and keeps its counters to itself.
func (p *proxied) forwarded() error {
	answer, err := p.ask(http.MethodGet, "http://"+p.plain+"/metrics", nil)
	if err == nil && answer.StatusCode != http.StatusNotFound {
		err = fmt.Errorf("a stranger's look at the counters: %s", answer.Status)
	}
	return err
}

// prefix: and behind a folder of a site.
func (p *proxied) prefix() error {
	address, err := p.create("https://"+p.tls+"/prefix"+uploadsAt, 10)
	if err == nil {
		_, err = p.offset(address)
	}
	if err == nil && !strings.HasPrefix(address, "https://"+p.tls+"/prefix"+uploadsAt+"/") {
		err = fmt.Errorf("the upload is at %s", address)
	}
	return err
}
