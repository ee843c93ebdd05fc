package advice

import "maps"

// parts are the entries of the table, grouped by where the causes are: see
// table_machine.go and the other table files.
var parts = []map[Cause]Advice{onThisMachine, onTheWay, inTheAccount, deniedInTheAccount, notSignedIn, wronglyConfigured, signInRefused,
	atTheGateway, atTheConsentPage, atTheAPI}

// table is the advice for every cause.
var table = join(parts)

func join(parts []map[Cause]Advice) map[Cause]Advice {
	all := map[Cause]Advice{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
