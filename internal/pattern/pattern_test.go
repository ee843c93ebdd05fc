package pattern_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryPatternCompiles: nothing else would notice before it is used. Expressions
// that are not constants are compiled by their own packages' tests.
func TestEveryPatternCompiles(t *testing.T) {
	compiled := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "New" && f.Sel.Name != "Words" {
				return true
			} else if x, ok := f.X.(*ast.Ident); !ok || x.Name != "pattern" && x.Name != "advice" {
				return true
			}
			if text := literal(call.Args[0]); text != nil {
				compiled++
				if _, err := regexp.Compile(constant.StringVal(text)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || compiled < 20 {
		t.Errorf("%d patterns are compiled: %v", compiled, err)
	}
}

// literal is the value of a string literal, or of several that are added; nil = neither.
func literal(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.BinaryExpr:
		if a, b := literal(e.X), literal(e.Y); a != nil && b != nil {
			return constant.BinaryOp(a, e.Op, b)
		}
	}
	return nil
}
