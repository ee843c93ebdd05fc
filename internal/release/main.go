// Release cross-builds the program for every supported system, or for those that
// are named, and packs it into dist/, with checksums:
//
//	go run ./internal/release [VERSION [SYSTEM/ARCHITECTURE ...]]
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	version, platforms := "development build", supported
	if len(os.Args) > 1 {
		version = os.Args[1]
	}
	if len(os.Args) > 2 {
		platforms = os.Args[2:]
	}
	if err := release(version, platforms); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var supported = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func release(version string, platforms []string) error {
	const folder = "dist"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	sums, err := os.Create(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		return err
	}
	defer sums.Close()
	for _, platform := range platforms {
		if !slices.Contains(supported, platform) {
			return fmt.Errorf("%s: the platforms are %s", platform, strings.Join(supported, ", "))
		}
		system, arch, _ := strings.Cut(platform, "/")
		name, err := archive(folder, system, arch, version)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		sum, err := checksum(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s\n", sum, name)
		if _, err := fmt.Fprintf(sums, "%s  %s\n", sum, name); err != nil {
			return err
		}
	}
	return sums.Sync()
}

// archive builds for one system and packs the program with what belongs to it.
// It returns the archive's name.
func archive(folder, system, arch, version string) (string, error) {
	program, name, pack := "agentcore-3lo", fmt.Sprintf("agentcore-3lo-%s-%s", system, arch), packTar
	ending := ".tar.gz"
	if system == "windows" {
		program, pack, ending = program+".exe", packZip, ".zip"
	}
	scratch, err := os.MkdirTemp("", "release-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	built := filepath.Join(scratch, program)
	if err := build(built, system, arch, version); err != nil {
		return "", err
	}
	file, err := os.Create(filepath.Join(folder, name+ending))
	if err != nil {
		return "", err
	}
	defer file.Close()
	files := []member{{built, program, 0o755}, {"README.md", "README.md", 0o644}, {"LICENSE", "LICENSE", 0o644}, {"NOTICE", "NOTICE", 0o644}}
	if err := pack(file, name, files); err != nil {
		return "", err
	}
	return name + ending, file.Sync()
}

// build makes a static binary without paths of this machine in it.
func build(path, system, arch, version string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X 'main.version="+version+"'", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
