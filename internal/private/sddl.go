package private

import (
	"slices"
	"strings"
)

// trusted are the accounts that may read everything on a Windows computer, and
// those that represent the owner: LocalSystem, the administrators, the creator
// owner, owner rights; in both spellings of security descriptors (Microsoft, "SID
// strings").
var trusted = []string{
	"SY", "S-1-5-18", "BA", "S-1-5-32-544", "LA", "CO", "S-1-3-0", "OW", "S-1-3-4",
}

// readers returns the accounts other than user to which a security descriptor
// allows anything, as it spells them. sddl is the string form that Windows returns,
// such as "O:S-1-5-21-1D:PAI(A;OICI;FA;;;SY)". A descriptor without a list allows
// everyone everything. user is a SID.
func readers(sddl, user string) []string {
	_, list, found := strings.Cut(sddl, "D:")
	if !found || strings.HasPrefix(list, "NO_ACCESS_CONTROL") {
		return []string{"everybody"}
	}
	list, _, _ = strings.Cut(list, "S:(") // remove the audit list
	var others []string
	for _, entry := range entries(list) {
		fields := strings.Split(entry, ";") // type;flags;rights;object;inherited object;account[;condition]
		if len(fields) < 6 {
			others = append(others, "an entry that cannot be read")
			continue
		}
		kind, account := fields[0], fields[5]
		denies := kind == "D" || kind == "OD" || kind == "XD"
		if denies || strings.EqualFold(account, user) || slices.Contains(trusted, account) || slices.Contains(others, account) {
			continue
		}
		others = append(others, account)
	}
	return others
}

// entries returns the parenthesized entries. Conditions may contain parentheses.
func entries(list string) []string {
	var all []string
	depth, from := 0, 0
	for i, c := range list {
		switch c {
		case '(':
			if depth++; depth == 1 {
				from = i + 1
			}
		case ')':
			if depth--; depth == 0 {
				all = append(all, list[from:i])
			}
		}
	}
	return all
}
