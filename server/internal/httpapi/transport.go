package httpapi

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"

	"lantoa/syncproto"
)

// Transport answers requests by calling the handlers themselves, for tests and simulations that bring a network of
// their own. Live streams need a connection and are refused.
func (a *API) Transport() http.RoundTripper { return direct{a} }

type direct struct{ api *API }

// nowhere is the address that such requests come from.
var nowhere = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	var in fasthttp.Request
	in.SetRequestURI(req.URL.RequestURI())
	in.Header.SetMethod(req.Method)
	in.Header.SetHost(req.URL.Host)
	for name, values := range req.Header {
		in.Header.Set(name, strings.Join(values, ", "))
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		in.SetBodyRaw(body)
		in.Header.SetContentLength(len(body))
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&in, nowhere, nil)
	if req.URL.Path == "/v1/live" {
		d.api.problem(&ctx, syncproto.E(syncproto.CodeUnavailable, "stream without a connection", nil))
	} else {
		d.api.app.Server().Handler(&ctx)
	}
	return answer(req, &ctx.Response), nil
}

func answer(req *http.Request, in *fasthttp.Response) *http.Response {
	out := &http.Response{
		StatusCode: in.StatusCode(), Status: http.StatusText(in.StatusCode()), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Request: req,
	}
	for name, value := range in.Header.All() {
		out.Header.Add(string(name), string(value))
	}
	body := bytes.Clone(in.Body())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return out
}
