package enroll

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// URI is what the QR code of an invitation holds: where the server is, and the code.
func URI(server, code string) string {
	return "lantoa:enroll?server=" + url.QueryEscape(server) + "&code=" + url.QueryEscape(code)
}

// Picture is a QR code as an SVG path, in modules; it stands in a box of Size modules, the quiet zone included.
type Picture struct {
	Size int
	Path template.HTMLAttr
}

// quiet is the white border around a code that scanners need (ISO/IEC 18004).
const quiet = 4

// Draw makes the QR code of a text. Level M takes a coffee stain.
func Draw(text string) (*Picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, &syncproto.Error{Code: syncproto.CodeTooLarge, Op: "draw qr code", Err: err}
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				path.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(run) + "v1h-" + strconv.Itoa(run) + "z")
				x += run
			}
		}
	}
	return &Picture{Size: code.Size + 2*quiet, Path: template.HTMLAttr(`d="` + path.String() + `"`)}, nil
}

// Sheet writes a page to print, with a card to cut out for each invitation: QR code, code, name, unit, role and until when
// it is good, in Vietnamese and English. It stands alone: no script, nothing loaded from elsewhere.
func Sheet(w io.Writer, server string, role syncproto.Role, issued []Issued) error {
	page := sheet{Style: template.CSS(sheetStyle), Server: server}
	for _, lang := range catalogue.Languages() {
		page.Titles = append(page.Titles, catalogue.Text(lang, "sheet.title", nil))
		page.Help = append(page.Help, catalogue.Text(lang, "sheet.help", nil))
	}
	for i := range issued {
		picture, err := Draw(URI(server, issued[i].Code))
		if err != nil {
			return err
		}
		page.Cards = append(page.Cards, cardOf(&issued[i], role, picture))
	}
	return sheetPage.Execute(w, &page)
}

// SheetPolicy is the Content-Security-Policy of a sheet: its own style, and nothing else at all.
func SheetPolicy() string {
	sum := sha256.Sum256([]byte(sheetStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

type sheet struct {
	Style  template.CSS
	Titles []string
	Help   []string
	Server string
	Cards  []card
}

type card struct {
	Code, Name, Unit string
	Picture          *Picture
	Lines            []string // role and end, in each language
}

// vietnam is the time zone of everybody who reads a sheet; a server's own may be anything.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

func cardOf(i *Issued, role syncproto.Role, picture *Picture) card {
	c := card{Code: i.Code, Name: i.Name, Unit: i.Unit.Name, Picture: picture}
	for _, lang := range catalogue.Languages() {
		c.Lines = append(c.Lines, catalogue.Text(lang, "sheet.card", map[string]string{
			"role": catalogue.Text(lang, "role."+string(role), nil), "until": i.Expires.In(vietnam).Format("15:04 02/01/2006"),
		}))
	}
	return c
}

// sheetStyle lays eight cards on an A4 page and keeps each of them whole.
const sheetStyle = `
@page { size: A4; margin: 12mm }
body { font: 11pt/1.35 "Noto Sans", "Segoe UI", Arial, sans-serif; margin: 0; color: #000; background: #fff }
h1 { font-size: 15pt; margin: 0 0 2mm }
h1 + h1, p.en { color: #444; font-weight: normal }
p { margin: 0 0 2mm }
ul { list-style: none; margin: 4mm 0 0; padding: 0; display: grid; grid-template-columns: 1fr 1fr }
li { display: flex; gap: 4mm; padding: 4mm; border: 0.3mm dashed #888; margin: 0 -0.3mm -0.3mm 0; break-inside: avoid; min-height: 42mm; align-items: center }
svg { width: 40mm; height: 40mm; flex: none }
div { min-width: 0; overflow-wrap: anywhere }
b.code { display: block; font: bold 14pt/1.3 ui-monospace, Consolas, monospace; letter-spacing: 0.04em }
b.name { display: block; font-size: 13pt }
small { display: block; font-size: 9pt }
`

var sheetPage = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">
<title>{{index .Titles 0}}</title><style>{{.Style}}</style></head><body>
{{range .Titles}}<h1>{{.}}</h1>
{{end}}{{range $i, $text := .Help}}<p{{if $i}} class="en" lang="en"{{end}}>{{$text}}</p>
{{end}}<p>{{.Server}}</p>
<ul>
{{range .Cards}}<li><svg viewBox="0 0 {{.Picture.Size}} {{.Picture.Size}}" role="img" aria-label="QR {{.Code}}" shape-rendering="crispEdges"><path {{.Picture.Path}}/></svg>
<div><b class="name">{{.Name}}</b><span>{{.Unit}}</span><b class="code">{{.Code}}</b>{{range .Lines}}<small>{{.}}</small>{{end}}</div></li>
{{end}}</ul></body></html>
`))
