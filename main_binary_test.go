//go:build unix

package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A program that looks up methods by name or number keeps every exported method of
// every type, and the AWS SDK then adds 15 MB. Executing a template does it.
func TestTheBinaryLooksUpNoMethodByReflection(t *testing.T) {
	if err := exec.Command("go", "tool", "-n", "nm").Run(); err != nil {
		t.Skipf("SKIPPED: this Go installation has no go tool nm (%v), so the symbols of the binary were not checked.", err)
	}
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(symbols), " main.main\n") {
		t.Fatal("go tool nm does not list main.main, so the symbols that it does not list prove nothing")
	}
	for _, found := range regexp.MustCompile(`(?m) reflect\.\S*\bMethod(ByName)?$`).FindAllString(string(symbols), -1) {
		t.Errorf("the binary has%s. Find out why with go build -ldflags=-dumpdep: look for <ReflectMethod>.", found)
	}
}

// The AWS SDK's newer clients build the schemas of all operations of their service at
// each start: 8 ms and 5 MB of memory (docs/dependencies.md).
func TestNoSchemasAreBuiltAtTheStart(t *testing.T) {
	packages, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(packages), "aws-sdk-go-v2/service/iam\n") {
		t.Fatal("go list does not list the client of IAM, so what it does not list proves nothing")
	}
	for _, found := range regexp.MustCompile(`(?m)^github\.com/aws/.*/schemas$`).FindAllString(string(packages), -1) {
		t.Errorf("the program has %s; use the version of that client before its schemas", found)
	}
}
