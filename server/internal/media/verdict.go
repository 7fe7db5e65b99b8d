package media

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// Verdict says how far a file has come for those who sent it in a lane (S-164), and why it was refused. It is "" while
// the file is being removed: then it has not come. A file that lies in the blob store is stored before it was looked
// at: the receipt is for the bytes.
func Verdict(m *storage.Media, lane syncproto.Lane) (syncproto.Arrival, syncproto.Code) {
	switch m.State {
	case storage.MediaArriving:
		return syncproto.ArrivalChecking, ""
	case storage.MediaRefused:
		return syncproto.ArrivalRefused, m.Code
	case storage.MediaWaiting, storage.MediaReady:
		if code := unfit(m, lane); code != "" && m.Type != "" {
			return syncproto.ArrivalRefused, code
		}
		return syncproto.ArrivalStored, ""
	}
	return "", ""
}

// What phones may send as small copies. Thumbnails are shown in long lists on phones with little memory, so their
// pixels are bounded too: 30 KiB can be a picture of 65,535 on 65,535 of one colour.
const (
	maxThumbnailSide = 1024
	maxDisplaySide   = 4096
)

// thumbnailTypes are what every browser and every phone of the last ten years shows.
var thumbnailTypes = []string{string(mediafile.JPEG), string(mediafile.WebP), string(mediafile.PNG)}

// unfit says why a file that is good in itself is not what a lane takes; "" if it is.
func unfit(m *storage.Media, lane syncproto.Lane) syncproto.Code {
	takes, side := mediafile.Type(m.Type).Picture(), maxDisplaySide
	switch lane {
	case syncproto.LaneOriginal:
		return ""
	case syncproto.LaneThumbnail:
		takes, side = slices.Contains(thumbnailTypes, m.Type), maxThumbnailSide
	}
	switch {
	case !takes:
		return syncproto.CodeMediaUnsupported
	case max(m.Width, m.Height) > side:
		return syncproto.CodeMediaBomb
	}
	return ""
}
