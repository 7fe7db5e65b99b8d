package sample

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
)

// GIF returns three frames that loop for ever, with a comment and XMP between them.
func GIF(o Options) []byte {
	film := &gif.GIF{}
	for i := range 3 {
		frame := o
		frame.Seed += uint64(i)
		photo := Photo(frame)
		img := image.NewPaletted(photo.Rect, palette.WebSafe)
		draw.Draw(img, img.Rect, photo, image.Point{}, draw.Src)
		film.Image, film.Delay = append(film.Image, img), append(film.Delay, 10)
	}
	var plain bytes.Buffer
	if err := gif.EncodeAll(&plain, film); err != nil {
		panic(err) // a bytes.Buffer takes everything, and the pictures are ours
	}
	b := plain.Bytes()
	if o.Bare {
		return b
	}
	at := bytes.Index(b, []byte("\x21\xffNETSCAPE2.0")[:2]) // the loop extension stands before the first frame
	out := bytes.Clone(b[:at])
	out = append(out, "\x21\xfe\x09a comment\x00"...)
	// The packet is not cut into blocks: readers that do so follow the trailer of falling bytes to its end (XMP
	// specification part 3, section 1.1.2).
	out = append(out, "\x21\xff\x0bXMP DataXMP"...)
	out = append(out, xmp(o)...)
	out = append(out, 1)
	for i := 255; i >= 0; i-- {
		out = append(out, byte(i))
	}
	out = append(out, 0)
	out = append(out, b[at:]...)
	if o.Tail {
		out = append(out, "=1;alert(1)"...)
	}
	return out
}
