package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// level is the place of a package in the order in which they import one another
// (docs/architecture.md); 0 = it is for tests and measurements.
func level(path string) int {
	in := func(folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
	switch {
	case in("internal/testkit"), in("internal/picture"), in("internal/bench"), in("internal/e2e"):
		return 0
	case in("steps/engine"):
		return 1
	case in("steps"):
		return 3
	case in("ui"):
		return 4
	case in("internal/cli"):
		return 5
	case path == "":
		return 6
	}
	return 2
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := strings.TrimPrefix(strings.TrimPrefix(words[0], "agentcore-3lo"), "/")
		if level(from) == 0 {
			continue
		}
		for _, imported := range words[1:] {
			to, ours := strings.CutPrefix(imported, "agentcore-3lo/")
			if !ours {
				continue
			}
			seen++
			sandbox, fromSandbox := strings.HasPrefix(to, "internal/sandbox"), strings.HasPrefix(from, "internal/sandbox")
			switch {
			case level(to) == 0, level(to) > level(from):
				t.Errorf("%s imports %s: imports run from main to the engine", from, to)
			case from == "steps/engine":
				t.Errorf("the engine imports %s", to)
			case sandbox && !fromSandbox && from != "internal/cli":
				t.Errorf("%s imports %s, and may reach the sandbox over HTTP only", from, to)
			case fromSandbox && !sandbox && to != "internal/web" && to != "internal/private" && to != "internal/loopback":
				t.Errorf("%s imports %s, and what it serves would agree with what it tests", from, to)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d imports were looked at", seen)
	}
}

// A type with more methods than this has more than one job.
func TestNoTypeHasMoreThanThirtyMethods(t *testing.T) {
	t.Parallel()
	methods := map[string]int{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, isFunc := d.(*ast.FuncDecl); isFunc && f.Recv != nil {
				methods[filepath.Dir(path)+"."+receiver(f.Recv.List[0].Type)]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if methods["ui/screen.Screen"] == 0 {
		t.Errorf("the screen's methods were not found: %v", methods)
	}
	for name, n := range methods {
		if n > 30 {
			t.Errorf("%s has %d methods", name, n)
		}
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
