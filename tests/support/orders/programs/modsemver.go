// Reads "a TAB b" lines, writes one of < = > ! a pair: golang.org/x/mod/semver's comparison, ! where it refuses one.
// Advisories leave the leading v out; it is put before what has none.
package main

import (
	"bufio"
	"os"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	said := bufio.NewWriter(os.Stdout)
	defer said.Flush()
	for lines.Scan() {
		a, b, _ := strings.Cut(lines.Text(), "\t")
		a, b = "v"+strings.TrimPrefix(a, "v"), "v"+strings.TrimPrefix(b, "v")
		if !semver.IsValid(a) || !semver.IsValid(b) {
			said.WriteByte('!')
		} else {
			said.WriteByte("<=>"[semver.Compare(a, b)+1])
		}
	}
}
