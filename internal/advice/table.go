package advice

import "maps"

// parts are the entries of the table, by where the causes lie: table_machine.go
// and its neighbours.
var parts = []map[Cause]Advice{onThisMachine, onTheWay, inTheAccount, deniedInTheAccount, notSignedIn, wronglyConfigured, signInRefused,
	atTheGateway, atTheConsentPage, atTheAPI}

// table has the advice for every cause.
var table = join(parts)

func join(parts []map[Cause]Advice) map[Cause]Advice {
	all := map[Cause]Advice{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
