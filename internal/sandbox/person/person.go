// Package person simulates the user at the browser.
package person

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Person simulates the user at the browser. It is given URLs, and reads pages,
// follows links and submits forms over HTTP. It does not depend on the server, so
// it works with the sandbox of another process.
type Person struct {
	Client *http.Client  // nil = a client with a timeout of 30 seconds
	Pause  time.Duration // between pages, so that a user can watch
}

// CreateApp creates an app in the developer portal as the walkthrough describes it: a
// Page, an app, its verification, the sign-in product. It returns the credentials on
// the Auth tab.
func (p Person) CreateApp(ctx context.Context, portalURL string) (clientID, clientSecret string, err error) {
	b := p.browser(ctx)
	b.open(portalURL)
	b.click("Create a Company Page")
	b.fill("Create page", "A Page for trying things out")
	b.fill("Create app", "agentcore-3lo walkthrough")
	b.click("Verify")
	b.clickWhere("the verification link", func(_, href string) bool { return strings.Contains(href, "/verify/") })
	b.fill("Confirm")
	b.click("Products")
	b.fill("Request access")
	b.click("Auth")
	b.click("Reveal")
	if b.err != nil {
		return "", "", fmt.Errorf("creating an app at the developer portal: %w", b.err)
	}
	clientID, clientSecret = b.page.byID("client-id"), b.page.byID("client-secret")
	if clientID == "" || clientSecret == "" {
		return "", "", errors.New("creating an app at the developer portal: the Auth tab shows no credentials")
	}
	return clientID, clientSecret, nil
}

// RegisterRedirect adds a callback URL to the redirect URLs of an app.
func (p Person) RegisterRedirect(ctx context.Context, portalURL, clientID, callbackURL string) error {
	b := p.browser(ctx)
	b.open(portalURL)
	b.clickWhere("the app "+clientID, func(_, href string) bool { return strings.Contains(href, "/"+clientID+"/") })
	b.click("Auth")
	b.click("Edit")
	b.fill("+ Add redirect URL")
	b.fill("Update", callbackURL)
	if b.err != nil {
		return fmt.Errorf("registering the callback URL at the developer portal: %w", b.err)
	}
	return nil
}

// Allow opens an authorization URL, chooses Allow, and follows every redirect to
// the last page of the program's listener.
func (p Person) Allow(ctx context.Context, authorizationURL string) error {
	b := p.browser(ctx)
	b.open(authorizationURL)
	b.clickWhere("Allow", endsIn("/allow"))
	if b.err != nil {
		return fmt.Errorf("allowing at the consent page: %w", b.err)
	}
	return nil
}

// Cancel opens an authorization URL and chooses Cancel. Where the browser ends
// depends on the sandbox's Refusal.
func (p Person) Cancel(ctx context.Context, authorizationURL string) error {
	b := p.browser(ctx)
	b.open(authorizationURL)
	b.clickWhere("Cancel", endsIn("/cancel"))
	var shown *pageError
	if b.err != nil && !(errors.As(b.err, &shown) && shown.after == "Cancel") {
		return fmt.Errorf("cancelling at the consent page: %w", b.err)
	}
	return nil
}

func endsIn(suffix string) func(string, string) bool {
	return func(_, href string) bool { return strings.HasSuffix(href, suffix) }
}

// pageError is an error page.
type pageError struct {
	after   string // the action that led to the page
	status  int
	heading string
}

func (e *pageError) Error() string {
	return fmt.Sprintf("after %q the browser shows %d %q", e.after, e.status, e.heading)
}

// browser shows one page at a time. After an error, later steps do nothing.
type browser struct {
	ctx    context.Context
	client *http.Client
	pause  time.Duration
	page   page
	err    error
}

func (p Person) browser(ctx context.Context) *browser {
	client := p.Client
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	return &browser{ctx: ctx, client: client, pause: p.Pause}
}

func (b *browser) open(address string) { b.do("opening "+address, http.MethodGet, address, "") }

func (b *browser) click(text string) {
	b.clickWhere(text, func(said, _ string) bool { return said == text })
}

func (b *browser) clickWhere(name string, fits func(text, href string) bool) {
	if b.err != nil {
		return
	}
	next, found := b.page.follow(fits)
	if !found {
		b.err = fmt.Errorf("the page %[2]q has no link %[1]q", name, b.page.heading())
		return
	}
	b.do(name, http.MethodGet, next.String(), "")
}

// fill enters texts in the empty fields of the form with a button, and submits it.
func (b *browser) fill(button string, texts ...string) {
	if b.err != nil {
		return
	}
	f, found := b.page.submit(button)
	if !found || len(f.empty) < len(texts) {
		b.err = fmt.Errorf("the page %[2]q has no form with the button %[1]q", button, b.page.heading())
		return
	}
	for i, text := range texts {
		f.fields.Add(f.empty[i], text)
	}
	b.do(button, http.MethodPost, f.action.String(), f.fields.Encode())
}

func (b *browser) do(what, method, address, body string) {
	if b.err != nil {
		return
	}
	if b.page.address != nil {
		b.rest()
	}
	request, err := http.NewRequestWithContext(b.ctx, method, address, strings.NewReader(body))
	if err != nil {
		b.err = err
		return
	}
	request.Header.Set("Accept", "text/html")
	if body != "" || method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	reply, err := b.client.Do(request)
	if err != nil {
		b.err = withoutQuery(err)
		return
	}
	defer reply.Body.Close()
	if b.page, err = readPage(reply.Request.URL, io.LimitReader(reply.Body, 1<<20)); err != nil {
		b.err = err
		return
	}
	if reply.StatusCode >= http.StatusBadRequest {
		b.err = &pageError{what, reply.StatusCode, b.page.heading()}
	}
}

func (b *browser) rest() {
	if b.pause <= 0 {
		return
	}
	timer := time.NewTimer(b.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
	}
}

// withoutQuery removes codes and sessions from errors, which may be logged.
func withoutQuery(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		failed.URL, _, _ = strings.Cut(failed.URL, "?")
	}
	return err
}
