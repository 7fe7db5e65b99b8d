package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"lantoa/server/web/console"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// words are the texts of the console by language and key. What phones and console share is in the catalogue, and is
// found there.
type words struct {
	texts   map[catalogue.Language]map[string]string
	scripts map[catalogue.Language]map[string]string // keys that begin with js., without it
}

func loadWords() *words {
	w := &words{texts: map[catalogue.Language]map[string]string{}, scripts: map[catalogue.Language]map[string]string{}}
	for _, lang := range catalogue.Languages() {
		w.texts[lang], w.scripts[lang] = map[string]string{}, map[string]string{}
	}
	names, err := fs.Glob(console.Files, "texts/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := console.Files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		table := map[string]map[catalogue.Language]string{}
		if err := json.Unmarshal(data, &table); err != nil {
			panic(name + ": " + err.Error())
		}
		for key, texts := range table {
			for lang, text := range texts {
				w.texts[lang][key] = text
				if script, ok := strings.CutPrefix(key, "js."); ok {
					w.scripts[lang][script] = text
				}
			}
		}
	}
	return w
}

func (w *words) has(key string) bool { _, ok := w.texts[catalogue.Vietnamese][key]; return ok }

func (w *words) ofScripts(lang catalogue.Language) map[string]string { return w.scripts[lang] }

// text is the text of a key. Arguments are pairs of a name and a value. Of something that is counted by "n", one has a
// text of its own where there is one, KEY.one.
func (w *words) text(lang catalogue.Language, key string, args ...any) string {
	if len(args) == 0 {
		if text, ok := w.texts[lang][key]; ok {
			return text
		}
		return catalogue.Text(lang, key, nil)
	}
	values := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	if values["n"] == "1" {
		if _, ok := w.texts[lang][key+".one"]; ok {
			key += ".one"
		}
	}
	if text, ok := w.texts[lang][key]; ok {
		return catalogue.Expand(text, values)
	}
	return catalogue.Text(lang, key, values)
}

// sentence is what somebody at a desk is told of a code: what to do there is not always what a phone should do.
func (w *words) sentence(lang catalogue.Language, code string) string {
	if text, ok := w.texts[lang]["frame.code_"+code]; ok {
		return text
	}
	return catalogue.Sentence(lang, syncproto.Code(code))
}
