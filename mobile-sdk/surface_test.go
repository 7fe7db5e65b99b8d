package mobilesdk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// surface are the files that apps see.
var surface = []string{"mobile.go", "mobilemedia.go", "mobiledesk.go", "mobilecalls.go"}

// TestSurfaceBinds reads them as gomobile would. gomobile drops what it cannot bind without a word, so an app would
// only notice a missing method.
func TestSurfaceBinds(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	config := types.Config{Importer: strangers{}, Error: func(error) {}}
	pkg, _ := config.Check("mobilesdk", files, all, nil)
	checked := 0
	inside := func(o types.Object) bool {
		return slices.Contains(surface, files.Position(o.Pos()).Filename) && o.Exported()
	}
	check := func(o types.Object) {
		if !inside(o) {
			return
		}
		checked++
		if why := unbindable(o.Type().(*types.Signature), inside); why != "" {
			t.Errorf("%s: gomobile skips it: %s", o, why)
		}
	}
	for _, name := range pkg.Scope().Names() {
		switch o := pkg.Scope().Lookup(name).(type) {
		case *types.Func:
			check(o)
		case *types.TypeName:
			if !inside(o) {
				continue
			}
			for m := range types.NewMethodSet(types.NewPointer(o.Type())).Methods() {
				check(m.Obj())
			}
			if i, ok := o.Type().Underlying().(*types.Interface); ok {
				for m := range i.Methods() {
					check(m)
				}
			}
			if s, ok := o.Type().Underlying().(*types.Struct); ok {
				for f := range s.Fields() {
					if f.Exported() && !bindable(f.Type(), inside) {
						t.Errorf("%s.%s: gomobile skips it", name, f.Name())
					}
				}
			}
		}
	}
	if checked < 40 {
		t.Fatalf("only %d signatures seen", checked)
	}
}

// strangers stands for every other package: a type of one of them cannot be bound, whatever it is.
type strangers struct{}

func (strangers) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, filepath.Base(path))
	pkg.MarkComplete()
	return pkg, nil
}

func unbindable(s *types.Signature, inside func(types.Object) bool) string {
	if s.Variadic() || s.TypeParams().Len() > 0 {
		return "variadic or generic"
	}
	for p := range s.Params().Variables() {
		if !bindable(p.Type(), inside) {
			return "parameter " + p.String()
		}
	}
	results := s.Results()
	switch {
	case results.Len() > 2:
		return "more than two results"
	case results.Len() == 2 && results.At(1).Type().String() != "error":
		return "the second result is no error"
	}
	for r := range results.Variables() {
		if r.Type().String() != "error" && !bindable(r.Type(), inside) {
			return "result " + r.String()
		}
	}
	return ""
}

func bindable(t types.Type, inside func(types.Object) bool) bool {
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.Bool, types.Int, types.Int8, types.Int16, types.Int32, types.Int64, types.Float32, types.Float64, types.String:
			return true
		}
	case *types.Slice:
		b, ok := t.Elem().(*types.Basic)
		return ok && b.Kind() == types.Byte
	case *types.Pointer:
		n, ok := t.Elem().(*types.Named)
		return ok && inside(n.Obj())
	case *types.Named:
		_, ok := t.Underlying().(*types.Interface)
		return ok && inside(t.Obj())
	}
	return false
}
