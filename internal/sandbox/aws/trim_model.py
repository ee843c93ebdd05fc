"""Writes model.json: the requests of the operations that the sandbox knows, from botocore's service models.

Run `go generate ./internal/sandbox/aws` with the botocore whose rules are wanted (1.43.11 so far).
botocore is Copyright Amazon.com, Inc. or its affiliates, Apache License 2.0; model.json is derived from it.
Only what the sandbox checks is kept: names, types, required members, patterns, bounds, enums, where a member travels.
"""
import gzip
import json
import pathlib
import re

import botocore

SERVED = {
    "sts": ["GetCallerIdentity"],
    "iam": ["CreateRole", "GetRole", "UpdateAssumeRolePolicy", "DeleteRole", "ListRoles", "PutRolePolicy", "GetRolePolicy",
            "DeleteRolePolicy", "ListRolePolicies", "AttachRolePolicy", "DetachRolePolicy", "ListAttachedRolePolicies",
            "TagRole", "UntagRole", "ListRoleTags", "PutRolePermissionsBoundary", "ListInstanceProfilesForRole"],
    "cognito-idp": ["CreateUserPool", "DescribeUserPool", "UpdateUserPool", "DeleteUserPool", "ListUserPools",
                    "CreateUserPoolDomain", "DescribeUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain",
                    "CreateResourceServer", "DescribeResourceServer", "UpdateResourceServer", "DeleteResourceServer",
                    "ListResourceServers", "CreateUserPoolClient", "DescribeUserPoolClient", "UpdateUserPoolClient",
                    "DeleteUserPoolClient", "ListUserPoolClients", "TagResource", "UntagResource", "ListTagsForResource"],
    "bedrock-agentcore-control": [
        "CreateGateway", "GetGateway", "UpdateGateway", "DeleteGateway", "ListGateways",
        "CreateGatewayTarget", "GetGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget", "ListGatewayTargets",
        "CreateOauth2CredentialProvider", "GetOauth2CredentialProvider", "UpdateOauth2CredentialProvider",
        "DeleteOauth2CredentialProvider", "ListOauth2CredentialProviders",
        "CreateWorkloadIdentity", "GetWorkloadIdentity", "UpdateWorkloadIdentity", "DeleteWorkloadIdentity",
        "ListWorkloadIdentities", "GetTokenVault", "TagResource", "UntagResource", "ListTagsForResource"],
    "bedrock-agentcore": ["CompleteResourceTokenAuth", "GetWorkloadAccessToken", "GetWorkloadAccessTokenForJWT",
                          "GetWorkloadAccessTokenForUserId", "GetResourceOauth2Token"],
}
# The model's pattern for ARNs with tags has no digits in resource types, and so
# leaves out oauth2credentialprovider, which does have tags.
CORRECTED = {"TaggableResourcesArn": r"arn:(?:[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:([a-z0-9-]+/[^/]+)(?:/[a-z0-9-]+/[^/]+)*"}
KEPT = ("type", "required", "enum", "pattern", "min", "max", "union")


def load(service):
    folder = pathlib.Path(botocore.__file__).parent / "data" / service
    newest = sorted(folder.glob("*/service-2.json*"))[-1]
    raw = newest.read_bytes()
    return json.loads(gzip.decompress(raw) if newest.suffix == ".gz" else raw)


def member(m):
    out = {"shape": m["shape"]}
    if m.get("location"):
        out["in"] = m["location"]
        out["as"] = m.get("locationName", "")
    return out


def for_re2(pattern):
    """RE2 writes code points as \\x and counts to 1000 only; a longer count becomes a plain one-or-more."""
    return re.sub(r"\{[01],\d{4,}\}", "+", pattern.replace("\\u00", "\\x"))


def trim(service):
    model = load(service)
    shapes, todo, operations = {}, [], {}
    for name in SERVED[service]:
        op = model["operations"][name]
        entry = {"method": op["http"]["method"], "path": op["http"]["requestUri"], "status": op["http"].get("responseCode", 200)}
        if "input" in op:
            entry["input"] = op["input"]["shape"]
            todo.append(entry["input"])
        operations[name] = entry
    while todo:
        name = todo.pop()
        if name in shapes:
            continue
        shape = model["shapes"][name]
        out = {k: shape[k] for k in KEPT if k in shape}
        if "pattern" in out:
            out["pattern"] = for_re2(CORRECTED.get(name, out["pattern"]))
        if shape["type"] == "structure":
            out["members"] = {k: member(m) for k, m in shape["members"].items()}
            todo += [m["shape"] for m in shape["members"].values()]
        for part in ("member", "key", "value"):
            if part in shape:
                out[part] = shape[part]["shape"]
                todo.append(out[part])
        shapes[name] = out
    return {"operations": operations, "shapes": dict(sorted(shapes.items()))}


def lines(value, depth=0):
    """One shape a line, so that a new model shows as a readable difference."""
    if depth == 3 or not isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    pad = " " * (depth + 1)
    body = ",\n".join(f"{pad}{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items())
    return "{\n" + body + "\n" + " " * depth + "}"


pathlib.Path(__file__).with_name("model.json").write_text(lines({s: trim(s) for s in SERVED}) + "\n")
