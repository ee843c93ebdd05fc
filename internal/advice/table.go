package advice

import (
	"maps"
	"sync"
)

// parts are the entries of the table, grouped by where the causes are: see
// table_machine.go and the other table files.
var parts = []func() map[Cause]Advice{onThisMachine, onTheWay, inTheAccount, deniedInTheAccount, notSignedIn, wronglyConfigured, signInRefused,
	atTheGateway, atTheConsentPage, atTheAPI}

// table is the advice for every cause. It is made when something fails, not at every start.
var table = sync.OnceValue(func() map[Cause]Advice {
	all := map[Cause]Advice{}
	for _, part := range parts {
		maps.Copy(all, part())
	}
	return all
})
