package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"lantoa/server/internal/httpapi"
)

// document is the API as it is described.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	data, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

// TestMain holds everything that the tests of this package send and are answered against the document.
func TestMain(m *testing.M) {
	doc, err := document()
	if err != nil {
		fmt.Fprintln(os.Stderr, "server/openapi.yaml:", err)
		os.Exit(1)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		fmt.Fprintln(os.Stderr, "server/openapi.yaml:", err)
		os.Exit(1)
	}
	witness := &witness{next: http.DefaultTransport, router: router}
	http.DefaultTransport = witness
	status := m.Run()
	for _, complaint := range witness.complaints {
		fmt.Fprintln(os.Stderr, "not as described:", complaint)
		status = 1
	}
	os.Exit(status)
}

// witness is a transport that compares what passes with the document. What the server refuses may be as wrong as it likes;
// its answer may not.
type witness struct {
	next   http.RoundTripper
	router routers.Router

	mu         sync.Mutex
	complaints []string
}

func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil && isJSON(req.Header) {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body.Close()
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := w.next.RoundTrip(req)
	if err != nil || !strings.HasPrefix(req.URL.Path, "/v1/") {
		return resp, err
	}
	if err := w.compare(req, sent, resp); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.complaints) < 20 {
			w.complaints = append(w.complaints, fmt.Sprintf("%s %s: %d: %v", req.Method, req.URL.Path, resp.StatusCode, err))
		}
	}
	return resp, nil
}

func isJSON(h http.Header) bool {
	kind := h.Get("Content-Type")
	return (strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/problem+json")) && h.Get("Content-Encoding") == ""
}

func (w *witness) compare(req *http.Request, sent []byte, resp *http.Response) error {
	route, params, err := w.router.FindRoute(req)
	if err != nil {
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed {
			return nil
		}
		return err
	}
	asked := req.Clone(context.Background())
	asked.Body = io.NopCloser(bytes.NewReader(sent))
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		ExcludeRequestBody: !isJSON(req.Header), ExcludeResponseBody: !isJSON(resp.Header) || req.Method == http.MethodHead,
		SkipSettingDefaults: true,
	}
	in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: options}
	if resp.StatusCode < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			return err
		}
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Options: options,
	}
	if !options.ExcludeResponseBody {
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil // the test finds that itself
		}
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(got))
		out.SetBodyBytes(got)
	}
	return openapi3filter.ValidateResponse(context.Background(), out)
}

var parameter = regexp.MustCompile(`:(\w+)`)

// TestEveryRouteIsDescribed compares the routes of a server that has everything with the paths of the document.
func TestEveryRouteIsDescribed(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	var described, registered []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	for _, route := range httpapi.RoutesOfAll() {
		method, path, _ := strings.Cut(route, " ")
		if strings.HasPrefix(path, "/v1/") {
			registered = append(registered, method+" "+parameter.ReplaceAllString(path, "{$1}"))
		}
	}
	for _, route := range registered {
		if !slices.Contains(described, route) {
			t.Errorf("%s is answered and not described", route)
		}
	}
	for _, route := range described {
		// A method that travels in a header is described where it is sent, and has no route of its own.
		if !slices.Contains(registered, route) && !strings.Contains(route, "/v1/uploads") {
			t.Errorf("%s is described and not answered", route)
		}
	}
}
