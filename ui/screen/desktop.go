package screen

import (
	tea "charm.land/bubbletea/v2"
)

// browse opens a link in the person's browser.
func (d Display) browse(link string) tea.Cmd {
	return func() tea.Msg {
		if err := d.OpenURL(link); err != nil {
			return flashMsg("The browser did not open: " + err.Error() + ". Copy the link with c.")
		}
		return flashMsg("Handed to your browser.")
	}
}

// copy copies a text by every way there is.
func (d Display) copy(text string) tea.Cmd {
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg { return flashMsg(d.Copy(text)) })
}

// pasteKey pastes, where the terminal does not do it on Ctrl-V.
func (d Display) pasteKey() tea.Cmd {
	return func() tea.Msg {
		if text, here := d.Paste(); here {
			return tea.PasteMsg{Content: text}
		}
		return tea.ReadClipboard()
	}
}
