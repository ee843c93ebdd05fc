package cognito

import (
	"cmp"
	"maps"
	"slices"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func serverOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateResourceServer":   aws.Typed(createResourceServer),
		"DescribeResourceServer": aws.Typed(describeResourceServer),
		"UpdateResourceServer":   aws.Typed(updateResourceServer),
		"DeleteResourceServer":   aws.Typed(deleteResourceServer),
		"ListResourceServers":    aws.Typed(listResourceServers),
	}
}

type serverInput struct {
	UserPoolId, Identifier, Name, NextToken string
	Scopes                                  []state.Scope
	MaxResults                              int
}

func serverObject(s *state.ResourceServer, pool string) aws.Object {
	return aws.Object{"UserPoolId": pool, "Identifier": s.Identifier, "Name": s.Name, "Scopes": append([]state.Scope{}, s.Scopes...)}
}

func findServer(c *aws.Call, in serverInput) (*state.UserPool, *state.ResourceServer, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, nil, err
	}
	if rs := p.Servers[in.Identifier]; rs != nil {
		return p, rs, nil
	}
	return nil, nil, aws.Refuse("ResourceNotFoundException", "Resource server does not exist.")
}

func createResourceServer(c *aws.Call, in serverInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if p.Servers[in.Identifier] != nil {
		return nil, refuse("%s already exists in user pool %s.", in.Identifier, p.ID)
	}
	rs := &state.ResourceServer{Identifier: in.Identifier, Name: in.Name, Scopes: in.Scopes}
	p.Servers[in.Identifier] = rs
	return aws.Object{"ResourceServer": serverObject(rs, p.ID)}, nil
}

func describeResourceServer(c *aws.Call, in serverInput) (any, error) {
	p, rs, err := findServer(c, in)
	if err != nil {
		return nil, err
	}
	return aws.Object{"ResourceServer": serverObject(rs, p.ID)}, nil
}

func updateResourceServer(c *aws.Call, in serverInput) (any, error) {
	p, rs, err := findServer(c, in)
	if err != nil {
		return nil, err
	}
	rs.Name, rs.Scopes = in.Name, in.Scopes
	return aws.Object{"ResourceServer": serverObject(rs, p.ID)}, nil
}

func deleteResourceServer(c *aws.Call, in serverInput) (any, error) {
	p, rs, err := findServer(c, in)
	if err != nil {
		return nil, err
	}
	delete(p.Servers, rs.Identifier)
	return nil, nil
}

func listResourceServers(c *aws.Call, in serverInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	key := func(rs *state.ResourceServer) string { return rs.Identifier }
	found, ok := aws.Page(slices.Collect(maps.Values(p.Servers)), key, "ListResourceServers "+p.ID, in.NextToken, cmp.Or(in.MaxResults, 50))
	if !ok {
		return nil, refuse("Invalid pagination token")
	}
	list := []aws.Object{}
	for _, rs := range found.Items {
		list = append(list, serverObject(rs, p.ID))
	}
	return aws.WithToken(aws.Object{"ResourceServers": list}, "NextToken", found.Next), nil
}
