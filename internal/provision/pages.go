package provision

import (
	"context"
	"fmt"
)

// maxPages bounds a listing: a service that never ends one is not followed.
const maxPages = 200

// pager is a paginator of the SDK.
type pager[P, O any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*O)) (P, error)
}

// bounded is a paginator that ends with an error instead of never.
type bounded[P, O any] struct {
	pager[P, O]
	read int
}

func paged[P, O any](p pager[P, O]) *bounded[P, O] { return &bounded[P, O]{pager: p} }

// NextPage reads one page more, as long as there are not too many.
func (b *bounded[P, O]) NextPage(ctx context.Context, options ...func(*O)) (page P, err error) {
	if b.read++; b.read > maxPages {
		return page, fmt.Errorf("the service's list does not end after %d pages", maxPages)
	}
	return b.pager.NextPage(ctx, options...)
}
