package steps_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Callers of the sandbox, all of one account.
const (
	workshopOne = "111122223333_role_Workshop_one"
	workshopTwo = "111122223333_role_Workshop_two"
	colleague   = "111122223333_user_colleague"
)

const otherComputer = "fedcba9876543210fedcba9876543210" // another computer

func colleagueOwner() ownership.Owner {
	return ownership.Owner{Account: "111122223333", Principal: "user/colleague", Computer: otherComputer}
}

// moveTo goes on at another computer, whose state folder is empty.
func moveTo(s *testkit.Run, home string) {
	s.Home = home
}

// ownerOf is who the program works for.
func ownerOf(s *testkit.Run) ownership.Owner {
	s.T.Helper()
	computer, err := s.Store().Computer()
	if err != nil {
		s.T.Fatal(err)
	}
	return ownership.Owner{Account: "111122223333", Principal: "user/sandbox", Computer: computer}
}

// retag gives a resource these tags and no others.
func retag(s *testkit.Run, kind string, tags map[string]string) {
	s.T.Helper()
	x := s.Record().Find(kind)
	keys := []string{"created-by", "run", "owner", "caller"}
	switch kind {
	case provision.UserPool:
		must(s.AWS.Cognito.UntagResource(bg, &cognito.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: keys}))(s.T)
		if len(tags) == 0 {
			return
		}
		must(s.AWS.Cognito.TagResource(bg, &cognito.TagResourceInput{ResourceArn: &x.ARN, Tags: tags}))(s.T)
	case provision.Role:
		var all []iamtypes.Tag
		for k, v := range tags {
			all = append(all, iamtypes.Tag{Key: &k, Value: &v})
		}
		must(s.AWS.IAM.UntagRole(bg, &iam.UntagRoleInput{RoleName: &x.Name, TagKeys: keys}))(s.T)
		if len(tags) > 0 {
			must(s.AWS.IAM.TagRole(bg, &iam.TagRoleInput{RoleName: &x.Name, Tags: all}))(s.T)
		}
	default:
		must(s.AWS.Control.UntagResource(bg, &control.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: keys}))(s.T)
		if len(tags) > 0 {
			must(s.AWS.Control.TagResource(bg, &control.TagResourceInput{ResourceArn: &x.ARN, Tags: tags}))(s.T)
		}
	}
}

// touching are the calls that would change or delete a resource of the kind.
var touching = map[string][]string{
	provision.UserPool: {"DeleteUserPool", "DeleteUserPoolDomain", "CreateUserPoolClient", "CreateResourceServer", "UpdateUserPoolClient", "CreateUserPoolDomain"},
	provision.Role:     {"DeleteRole", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "DetachRolePolicy"},
	provision.Gateway:  {"DeleteGateway", "UpdateGateway", "CreateGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget", "UpdateWorkloadIdentity"},
	provision.Provider: {"DeleteOauth2CredentialProvider", "UpdateOauth2CredentialProvider"},
}

var ownedKinds = []string{provision.UserPool, provision.Role, provision.Gateway, provision.Provider}

func mustNotTouch(s *testkit.Run, kind string) {
	s.T.Helper()
	for _, change := range s.Changes() {
		if slices.Contains(touching[kind], change) {
			s.T.Errorf("%s was called", change)
		}
	}
}

func leftKinds(o testkit.Outcome) []string {
	var kinds []string
	for _, x := range o.Left() {
		kinds = append(kinds, x.Kind)
	}
	return kinds
}

// A record is no proof: what it names may have been deleted, and created again
// by somebody else, or have lost its tags.
func TestARecordedResourceWithOtherTagsIsNeitherChangedNorDeleted(t *testing.T) {
	t.Parallel()
	ours := func(s *testkit.Run) map[string]string { return ownership.Tags("test", ownerOf(s)) }
	with := func(change map[string]string) func(*testkit.Run) map[string]string {
		return func(s *testkit.Run) map[string]string {
			tags := ours(s)
			maps.Copy(tags, change)
			return tags
		}
	}
	for name, c := range map[string]struct {
		tags   func(*testkit.Run) map[string]string
		says   string
		theirs bool // of a role or provider: ours is gone for certain, so nothing is left
	}{
		"a colleague's":       {with(map[string]string{"owner": colleagueOwner().String()}), "user/colleague", true},
		"another computer's":  {with(map[string]string{"owner": ownership.Owner{Account: "111122223333", Principal: "user/sandbox", Computer: otherComputer}.String()}), "elsewhere", false},
		"another account's":   {with(map[string]string{"owner": ownership.Owner{Account: "999988887777", Principal: "user/sandbox", Computer: otherComputer}.String()}), "user/sandbox", true},
		"another run's":       {with(map[string]string{"run": "other"}), "your run other", false},
		"another tool's":      {with(map[string]string{"created-by": "terraform"}), "does not carry", false},
		"an unreadable owner": {with(map[string]string{"owner": "me"}), "does not carry", false},
		"none":                {func(*testkit.Run) map[string]string { return nil }, "does not carry", false},
		"an earlier version's": {func(*testkit.Run) map[string]string {
			return map[string]string{"created-by": "agentcore-3lo", "run": "test", "caller": "arn:aws:iam::111122223333:user/colleague"}
		}, "user/colleague", true},
		"another principal at this computer": {func(s *testkit.Run) map[string]string {
			o := ownerOf(s)
			o.Principal = "role/Admin"
			return ownership.Tags("test", o)
		}, "role/Admin", false},
	} {
		for _, kind := range ownedKinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := newRun(t)
				s.MustComplete(s.Walk())
				retag(s, kind, c.tags(s))
				s.ForgetRequests()
				again := map[string]engine.ID{provision.UserPool: steps.Inbound, provision.Role: steps.Gateway, provision.Gateway: steps.Gateway, provision.Provider: steps.Provider}[kind]
				s.MustFail(s.Repeat(again), steps.ExitFailed, strings.ReplaceAll(kind, "_", " "), c.says, "left alone")
				if kind == provision.Gateway || kind == provision.Provider {
					s.MustFail(s.Repeat(steps.Target), steps.ExitFailed, c.says)
				}
				mustNotTouch(s, kind)
				o := s.Repeat(steps.Cleanup)
				mustNotTouch(s, kind)
				named := kind == provision.Role || kind == provision.Provider
				if c.theirs && named {
					s.MustComplete(o)
					s.MustSay(o, c.says, "left alone")
				} else {
					s.MustFail(o, steps.ExitFailed, c.says)
					if !slices.Contains(leftKinds(o), kind) {
						t.Errorf("left: %+v", o.Left())
					}
				}
				if len(remaining(s)) == 0 {
					t.Error("everything is gone")
				}
			})
		}
	}
}

func TestAnotherSessionOfTheRoleGoesOnWithItsRun(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Caller = workshopOne
	s.MustComplete(s.Walk())
	s.Caller = workshopTwo
	s.ForgetRequests()
	s.MustComplete(s.Walk())
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("it changed %v", changes)
	}
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Two laptops of a workshop share a role, and their people call their runs the
// same.
func TestTwoComputersThatShareARoleKeepOffEachOthersRuns(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Caller = workshopOne
	s.MustComplete(s.Walk())
	first, all := s.Home, remaining(s)
	moveTo(s, t.TempDir())
	s.ForgetRequests()
	o := s.Walk()
	s.MustFail(o, steps.ExitFailed, "created by you elsewhere (role/Workshop, computer ", "cleanup --elsewhere")
	o = s.MustComplete(s.Repeat(steps.Cleanup))
	s.MustSay(o, "left alone")
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("the second computer changed %v", changes)
	}
	found, err := s.TaggedRuns()
	if err != nil || len(found.Runs) != 1 || found.Runs[0].Relation != ownership.Elsewhere || len(found.Runs[0].Resources) != 4 || found.Runs[0].Created.IsZero() {
		t.Errorf("found %+v, %v", found, err)
	}
	moveTo(s, first)
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("of %v are left %v", all, left)
	}
}

// A state folder that is lost makes its runs those of another computer, which
// its owner can still delete.
func TestWhatTheSamePrincipalCreatedElsewhereIsDeletedOnRequest(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	lost, err := s.Store().Computer()
	if err != nil {
		t.Fatal(err)
	}
	moveTo(s, t.TempDir())
	s.Settings = func(o *steps.Settings) { o.Computer, o.LookOnly = lost, true }
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	if all, _ := s.Store().List(); len(all) != 0 {
		t.Errorf("records %v", all)
	}
}

func TestRunsAreFoundByTheirTagsWithTheirOwners(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Caller = workshopTwo
	mine := ownerOf(s)
	mine.Principal = "role/Workshop"
	away := mine
	away.Computer = otherComputer
	for i, tags := range []map[string]string{
		ownership.Tags("b-mine", mine), ownership.Tags("a-away", away), ownership.Tags("theirs", colleagueOwner()), nil,
		{"created-by": "agentcore-3lo", "run": "older", "caller": "arn:aws:sts::111122223333:assumed-role/Workshop/one"},
		{"created-by": "agentcore-3lo", "run": "older", "caller": "arn:aws:sts::111122223333:assumed-role/Workshop/two"},
		{"created-by": "agentcore-3lo", "run": "not a run's name", "owner": mine.String()},
	} {
		must(s.AWS.Cognito.CreateUserPool(bg, &cognito.CreateUserPoolInput{PoolName: aws.String(fmt.Sprint("agentcore-gateway-authcode-pool-", i)), UserPoolTags: tags}))(t)
	}
	found, err := s.TaggedRuns()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found.Runs {
		got = append(got, fmt.Sprint(r.Run, " ", r.Relation, " ", r.Owner.Principal, " ", len(r.Resources), len(r.Callers)))
	}
	want := []string{"b-mine 2 role/Workshop 1 0", "a-away 1 role/Workshop 1 0", "older 1 role/Workshop 2 2", "theirs 0 user/colleague 1 0"}
	if !slices.Equal(got, want) || len(found.Unverified) != 0 {
		t.Errorf("found %q\nwant %q", got, want)
	}
}

// yesterday makes the run one of the version before the owner's tag: its tags
// and its record.
func yesterday(s *testkit.Run, caller string) {
	s.T.Helper()
	for _, kind := range ownedKinds {
		retag(s, kind, map[string]string{"created-by": "agentcore-3lo", "run": "test", "caller": caller})
	}
	raw, err := os.ReadFile(s.Store().Path(s.Name))
	if err != nil {
		s.T.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(raw, &r); err != nil {
		s.T.Fatal(err)
	}
	r["callers"] = []string{caller}
	if raw, err = json.Marshal(r); err == nil {
		err = os.WriteFile(s.Store().Path(s.Name), raw, 0o600)
	}
	if err != nil {
		s.T.Fatal(err)
	}
}

func TestARunOfAnEarlierVersionGoesOnAndIsCleanedUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, caller string }{
		"the same user":              {"", "arn:aws:iam::111122223333:user/sandbox"},
		"another session, same role": {workshopTwo, "arn:aws:sts::111122223333:assumed-role/Workshop/one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Caller = c.key
			s.MustComplete(s.Walk())
			yesterday(s, c.caller)
			s.ForgetRequests()
			s.MustComplete(s.Walk())
			if changes := s.Changes(); len(changes) != 0 {
				t.Errorf("it changed %v", changes)
			}
			removeRole(s) // what is created again has the tag of today
			s.MustComplete(s.Walk())
			s.MustComplete(s.Repeat(steps.Cleanup))
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// Without the record an earlier version's tags do not say which computer it was.
func TestARunOfAnEarlierVersionWithoutARecordIsFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	yesterday(s, "arn:aws:iam::111122223333:user/sandbox")
	loseRecord(s)
	s.ForgetRequests()
	s.MustFail(s.Walk(), steps.ExitFailed, "created by you elsewhere", "computer unknown")
	s.MustSay(s.MustComplete(s.Repeat(steps.Cleanup)), "left alone")
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("it changed %v", changes)
	}
}

func TestRecreateDeletesNothingOfOthers(t *testing.T) {
	t.Parallel()
	for kind, step := range map[string]engine.ID{provision.UserPool: steps.Inbound, provision.Provider: steps.Provider, provision.Gateway: steps.Provider} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			retag(s, kind, ownership.Tags("test", colleagueOwner()))
			s.Settings = func(o *steps.Settings) { o.Recreate = true }
			s.ForgetRequests()
			s.MustFail(s.Repeat(step), steps.ExitFailed, "user/colleague", "left alone")
			mustNotTouch(s, kind)
		})
	}
}

func TestADamagedComputerIDStopsBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	path := filepath.Join(s.Home, "computer")
	id, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, id[:7], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.ForgetRequests()
	s.MustFail(s.Walk(), steps.ExitFailed, path, "cleanup --all --elsewhere")
	s.MustFail(s.Repeat(steps.Cleanup), steps.ExitFailed, path)
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("it changed %v", changes)
	}
	// The advice: without the file its runs are from elsewhere.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.MustFail(s.Repeat(steps.Cleanup), steps.ExitFailed, "created by you elsewhere", "cleanup --elsewhere")
	if err := os.WriteFile(path, id, 0o600); err != nil {
		t.Fatal(err)
	}
	s.MustComplete(s.Repeat(steps.Cleanup))
}
