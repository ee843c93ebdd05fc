package steps

import (
	"fmt"
	"strings"

	"agentcore-3lo/internal/shell"
)

// toolCall writes the command that posts a JSON-RPC call to a gateway, for one
// family of shells. The token never is an argument, which every user of the
// machine can read: it comes by standard input, or stays within PowerShell, whose
// own curl is an alias in version 5.1.
func toolCall(s shell.Shell, address, tokenCommand, body string) string {
	switch s {
	case shell.PowerShell:
		return fmt.Sprintf(`Invoke-RestMethod -Method Post -Uri %s -ContentType application/json -Headers @{
  Authorization = "Bearer $env:%s"; Accept = 'application/json, text/event-stream'; 'MCP-Protocol-Version' = '2025-11-25' } -Body '%s' |
  ConvertTo-Json -Depth 9`, s.Quote(address), BearerVariable, strings.ReplaceAll(body, "'", "''"))
	case shell.Cmd:
		return fmt.Sprintf(`echo Authorization: Bearer %%%s%%| curl.exe -sS %s -H @- -H "Content-Type: application/json" ^
  -H "Accept: application/json, text/event-stream" -H "MCP-Protocol-Version: 2025-11-25" -d %s`,
			BearerVariable, s.Quote(address), s.Quote(body))
	}
	return fmt.Sprintf(`printf 'Authorization: Bearer %%s' "${%s:-$(%s)}" | curl -sS %s \
  -H @- \
  -H 'Content-Type: application/json' \
  -H 'Accept: application/json, text/event-stream' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -d %s`, BearerVariable, tokenCommand, s.Quote(address), s.Quote(body))
}
