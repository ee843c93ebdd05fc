package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestTheOfficialServerUnderstandsUs calls the official MCP Go SDK's server:
// an opinion on the protocol that is not ours.
func TestTheOfficialServerUnderstandsUs(t *testing.T) {
	for name, options := range map[string]*sdk.StreamableHTTPOptions{
		"JSON": {Stateless: true, JSONResponse: true},
		"SSE":  {Stateless: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := officialServer()
			gateway := client(t, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, options))
			ctx := deadline(t)

			tools, err := gateway.ListTools(ctx)
			if err != nil || len(tools) != 6 {
				t.Fatalf("tools: %+v, %v", tools, err)
			}
			result, err := gateway.CallTool(ctx, ToolCall{Name: "greet", ReturnURL: "http://localhost:9090/oauth2/callback"})
			if err != nil || result.Text != "hello http://localhost:9090/oauth2/callback" {
				t.Errorf("greet: %q, %v", result.Text, err)
			}
			_, err = gateway.CallTool(ctx, ToolCall{Name: "consent"})
			var elicitation *ElicitationError
			if !errors.As(err, &elicitation) || elicitation.Elicitations[0].Session != urn || elicitation.Elicitations[0].ID != "e1" {
				t.Errorf("consent: %v", err)
			}
			for name, want := range map[string]string{"structured": `{"sub":"1"}`, "picture": "[image, image/png, 4 characters of base64]", "linked": "[resource link] me https://a.example/me"} {
				if result, err := gateway.CallTool(ctx, ToolCall{Name: name}); err != nil || result.Failure() != nil || result.Text != want {
					t.Errorf("%s: %q, %v", name, result.Text, err)
				}
			}
			result, err = gateway.CallTool(ctx, ToolCall{Name: "broken"})
			var toolFailure *ToolError
			if err != nil || !errors.As(result.Failure(), &toolFailure) || toolFailure.Upstream != (Upstream{Status: 403, Code: "ACCESS_DENIED", Message: "no"}) {
				t.Errorf("broken: %v, %v", err, result.Failure())
			}
			var failure *Error
			if _, err = gateway.CallTool(ctx, ToolCall{Name: "absent"}); !errors.As(err, &failure) || failure.Code != -32602 {
				t.Errorf("absent: %v", err)
			}
		})
	}
}

func officialServer() *sdk.Server {
	server := sdk.NewServer(&sdk.Implementation{Name: "peer", Version: "1"}, nil)
	schema := json.RawMessage(`{"type":"object"}`)
	server.AddTool(&sdk.Tool{Name: "greet", InputSchema: schema}, func(_ context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		meta, err := json.Marshal(r.Params.Meta[MetaKey])
		if err != nil {
			return nil, err
		}
		var override struct {
			OAuth struct{ ReturnURL string } `json:"oauthCredentialProvider"`
		}
		if err := json.Unmarshal(meta, &override); err != nil {
			return nil, err
		}
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: "hello " + override.OAuth.ReturnURL}}}, nil
	})
	server.AddTool(&sdk.Tool{Name: "consent", InputSchema: schema}, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return nil, &jsonrpc.Error{Code: sdk.CodeURLElicitationRequired, Message: "This request requires more information.",
			Data: json.RawMessage(`{"elicitations":[{"mode":"url","elicitationId":"e1","message":"m","url":"` + link + `"}]}`)}
	})
	for name, result := range map[string]*sdk.CallToolResult{
		"structured": {StructuredContent: map[string]any{"sub": "1"}},
		"picture":    {Content: []sdk.Content{&sdk.ImageContent{Data: []byte("hi"), MIMEType: "image/png"}}},
		"linked":     {Content: []sdk.Content{&sdk.ResourceLink{URI: "https://a.example/me", Name: "me"}}},
		"broken": {IsError: true, Content: []sdk.Content{&sdk.TextContent{
			Text: `OpenAPIClientException - Error executing HTTP request: {"status":403,"code":"ACCESS_DENIED","message":"no"}`}}},
	} {
		server.AddTool(&sdk.Tool{Name: name, InputSchema: schema}, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) { return result, nil })
	}
	return server
}
