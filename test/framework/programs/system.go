package programs

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Tool is a program of the machine that kube-proxy calls.
type Tool struct{ Command, DebianPackage string }

// What the lab needs beside Go.
var (
	NFT      = Tool{"nft", "nftables"}
	IPTables = Tool{"iptables", "iptables"}
)

// AddSystemPath has commands found that only root has in PATH.
func AddSystemPath() {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin")
}

// Install installs tools that are missing where it can, on Debian as root,
// and reports to out. Where it cannot, Require says what is missing: not every test needs every tool.
func Install(ctx context.Context, out io.Writer, tools ...Tool) {
	var missing []string
	for _, tool := range tools {
		if tool.Require() != nil {
			missing = append(missing, tool.DebianPackage)
		}
	}
	if _, err := exec.LookPath("apt-get"); len(missing) == 0 || err != nil || os.Geteuid() != 0 {
		return
	}
	fmt.Fprintf(out, "installing Debian packages: %s\n", strings.Join(missing, " "))
	for _, arguments := range [][]string{
		{"-q", "update"},
		append([]string{"-q", "install", "--yes", "--no-install-recommends"}, missing...),
	} {
		command := exec.CommandContext(ctx, "apt-get", arguments...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if output, err := command.CombinedOutput(); err != nil {
			fmt.Fprintf(out, "apt-get %s: %v\n%s\n", arguments[1], err, lastLines(string(output), 10))
			return
		}
	}
}

// Require is an error that names the package to install if the tool is
// missing.
func (t Tool) Require() error {
	if _, err := exec.LookPath(t.Command); err != nil {
		return fmt.Errorf("%s is missing: install the package %s", t.Command, t.DebianPackage)
	}
	return nil
}
