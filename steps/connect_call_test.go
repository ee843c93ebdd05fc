package steps

import (
	"strings"
	"testing"

	"agentcore-3lo/internal/shell"
)

// How cmd and PowerShell write the call; that of POSIX shells is followed to the
// letter elsewhere.
func TestTheCallIsWrittenForTheShell(t *testing.T) {
	const address, body = "https://g.example/mcp", `{"id":1,"method":"tools/call"}`
	for s, want := range map[shell.Shell][]string{
		shell.POSIX:      {`"${AGENTCORE_3LO_BEARER:-$(tool token)}" | curl -sS https://g.example/mcp`, `-d '{"id":1,"method":"tools/call"}'`},
		shell.PowerShell: {`Invoke-RestMethod -Method Post -Uri https://g.example/mcp`, `"Bearer $env:AGENTCORE_3LO_BEARER"`, `-Body '{"id":1,"method":"tools/call"}'`},
		shell.Cmd:        {`echo Authorization: Bearer %AGENTCORE_3LO_BEARER%| curl.exe -sS https://g.example/mcp -H @-`, `-d "{\"id\":1,\"method\":\"tools/call\"}"`},
	} {
		got := toolCall(s, address, "tool token", body)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is missing in\n%s", s, w, got)
			}
		}
	}
}
