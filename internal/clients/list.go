package clients

import "path/filepath"

// All returns the clients that this program knows, by ID. The links to reports are
// those of the clients' own issue trackers; "announces" is what the client sent in
// initialize when it was tried.
func All() []Client {
	return []Client{claudeCode, claudeDesktop, codex, copilotCLI, cursor, geminiCLI, inspector, kiro, vscode}
}

// code.claude.com/docs/en/mcp; tried with 2.1.197.
var claudeCode = Client{ID: "claude-code", Title: "Claude Code",
	Consent: "Claude Code does not announce that it can show a consent link (2.1.197; claude-code#88075, #69555). One report says that it shows it all the same.",
	Then:    "Claude Code uses it in its next session.", Check: "claude mcp list",
	format: formatJSON, parent: "mcpServers", entry: typedEntry("stdio", "${%s}"),
	file:   func(m Machine) string { return m.in(".claude.json") },
	traces: func(m Machine) []string { return []string{m.in(".claude.json"), m.in(".claude")} }, programs: []string{"claude"},
	add: func(s Server) []string {
		if s.direct() {
			return []string{"claude", "mcp", "add", "--scope", "user", "--transport", "http", s.Name, s.URL, "--header", s.authorization("${%s}")}
		}
		return append(append([]string{"claude", "mcp", "add", "--scope", "user", s.Name}, s.variables("-e")...), s.launch("--")...)
	},
	remove: func(s Server) []string { return []string{"claude", "mcp", "remove", "--scope", "user", s.Name} },
}

// modelcontextprotocol.io/docs/develop/connect-local-servers.
var claudeDesktop = Client{ID: "claude-desktop", Title: "Claude Desktop",
	Consent: "Claude Desktop's file takes local servers only, so this goes through mcp-remote, which reports a consent link as an error (0.15.1).",
	Then:    "Quit Claude Desktop and start it again.",
	format:  formatJSON, parent: "mcpServers", entry: remoteEntry,
	file:   func(m Machine) string { return filepath.Join(m.settings(), "Claude", "claude_desktop_config.json") },
	traces: func(m Machine) []string { return []string{filepath.Join(m.settings(), "Claude")} },
}

// developers.openai.com/codex/mcp; tried with 0.171.0.
var codex = Client{ID: "codex", Title: "Codex", Writes: true,
	Consent: "Codex announces that it can show links (0.171; earlier ones behind a flag, codex#29344). Whether it shows one that comes with an error, as the gateway sends it, is not known.",
	Then:    "Codex uses it in its next session.", Check: "codex mcp list",
	format: formatTOML, parent: "mcp_servers", entry: tableEntry,
	file:   func(m Machine) string { return filepath.Join(m.folder("CODEX_HOME", ".codex"), "config.toml") },
	traces: func(m Machine) []string { return []string{m.folder("CODEX_HOME", ".codex")} }, programs: []string{"codex"},
}

// docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers; tried with 1.0.102.
var copilotCLI = Client{ID: "copilot-cli", Title: "GitHub Copilot CLI",
	Consent: "Copilot CLI does not show the link of a tool call that needs consent (copilot-cli#4371).",
	Then:    "Copilot CLI uses it in its next session.", Check: "copilot mcp list",
	format: formatJSON, parent: "mcpServers", entry: copilotEntry,
	file:   func(m Machine) string { return filepath.Join(m.folder("COPILOT_HOME", ".copilot"), "mcp-config.json") },
	traces: func(m Machine) []string { return []string{m.folder("COPILOT_HOME", ".copilot")} }, programs: []string{"copilot"},
}

// cursor.com/docs/mcp; not tried.
var cursor = Client{ID: "cursor", Title: "Cursor", Writes: true,
	Consent: "Whether Cursor shows the link is not known. Its documentation says that it supports elicitation, but not whether links are part of it.",
	Then:    "Restart Cursor, and look for it under MCP in its settings.",
	format:  formatJSON, parent: "mcpServers", entry: untypedEntry("${env:%s}"),
	file:   func(m Machine) string { return m.in(".cursor", "mcp.json") },
	traces: func(m Machine) []string { return []string{m.in(".cursor")} }, programs: []string{"cursor", "cursor-agent"},
}

// geminicli.com/docs/tools/mcp-server; tried with 0.61.0.
var geminiCLI = Client{ID: "gemini-cli", Title: "Gemini CLI",
	Consent: "Gemini CLI does not support consent links (gemini-cli#15613, #28074). It speaks MCP up to 2025-06-18 (0.61), and did not connect to a gateway of 2025-03-26 and 2025-11-25 in the sandbox.",
	Then:    "Gemini CLI uses it in its next session, in a folder that it trusts.", Check: "gemini mcp list",
	format: formatJSON, parent: "mcpServers", entry: geminiEntry,
	file:   func(m Machine) string { return m.in(".gemini", "settings.json") },
	traces: func(m Machine) []string { return []string{m.in(".gemini")} }, programs: []string{"gemini"},
}

// github.com/modelcontextprotocol/inspector; tried with 2.12.0, which needs Node 22.
var inspector = Client{ID: "inspector", Title: "MCP Inspector",
	Consent:    "Inspector 2 shows the link on its page. With --cli it does not announce that it can (2.12).",
	Then:       "It opens its page in your browser, and connects from there.",
	ThenDirect: "On its page, add the header Authorization with the word Bearer, a space and the token. An argument would show the token to every user of this machine.",
	traces:     func(Machine) []string { return nil }, programs: []string{"mcp-inspector"},
	add: func(s Server) []string {
		const npx, name = "npx", "@modelcontextprotocol/inspector@2"
		if s.direct() {
			return []string{npx, name, "--transport", "http", "--server-url", s.URL}
		}
		return append(append([]string{npx, name}, s.variables("-e")...), s.launch("--")...)
	},
}

// kiro.dev/docs/mcp/configuration; not tried.
var kiro = Client{ID: "kiro", Title: "Kiro",
	Consent: "Kiro does not show the link of a tool call that needs consent (Kiro#10668, #4785).",
	Then:    "Kiro starts it when the file is saved; Kiro CLI in its next session.",
	format:  formatJSON, parent: "mcpServers", entry: untypedEntry("${%s}"),
	file:   func(m Machine) string { return m.in(".kiro", "settings", "mcp.json") },
	traces: func(m Machine) []string { return []string{m.in(".kiro")} }, programs: []string{"kiro", "kiro-cli"},
}

// code.visualstudio.com/docs/copilot/reference/mcp-configuration; not tried. What it
// does with a link is in src/vs/workbench/contrib/mcp/common/mcpServer.ts.
var vscode = Client{ID: "vscode", Title: "Visual Studio Code", Writes: true,
	Consent: "VS Code asks before it opens the link, and repeats the call when the server reports that the consent is complete (as its source says; not tried).",
	Then:    "Open the file in VS Code and choose Start above the entry.",
	format:  formatJSON, parent: "servers", entry: typedEntry("stdio", "${env:%s}"),
	file:   func(m Machine) string { return filepath.Join(m.settings(), "Code", "User", "mcp.json") },
	traces: func(m Machine) []string { return []string{filepath.Join(m.settings(), "Code", "User")} }, programs: []string{"code"},
}
