package ownership_test

import (
	"regexp"
	"strings"
	"testing"

	"agentcore-3lo/internal/ownership"
)

const (
	here  = "0123456789abcdef0123456789abcdef"
	there = "fedcba9876543210fedcba9876543210"
)

func owner(t *testing.T, arn, computer string) ownership.Owner {
	t.Helper()
	o, err := ownership.Of(arn, computer)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestThePrincipalOfEveryKindOfCaller(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sts::111122223333:assumed-role/Workshop/i-0abc":                                        "role/Workshop",
		"arn:aws:sts::111122223333:assumed-role/Workshop/AWSCLI-Session":                                "role/Workshop",
		"arn:aws-us-gov:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ana@host":    "role/AWSReservedSSO_Dev_0123456789abcdef",
		"arn:aws-cn:sts::111122223333:assumed-role/a,b=c.d@e-f+g_h/s":                                   "role/a,b=c.d@e-f+g_h",
		"arn:aws:iam::111122223333:user/ana":                                                            "user/ana",
		"arn:aws:iam::111122223333:user/team/blue/ana":                                                  "user/team/blue/ana",
		"arn:aws:iam::111122223333:root":                                                                "root",
		"arn:aws:sts::111122223333:federated-user/ana":                                                  "federated-user/ana",
		"arn:aws-eusc:sts::111122223333:assumed-role/AWSReservedSSO_Admin_fedcba9876543210/ana@example": "role/AWSReservedSSO_Admin_fedcba9876543210",
	} {
		o := owner(t, arn, here)
		if o.Principal != want || o.Account != "111122223333" || o.Computer != here {
			t.Errorf("%s is %+v, want %s", arn, o, want)
		}
	}
	for _, arn := range []string{"", "ana", "arn:aws:iam:::user/ana", "arn:aws:iam::111122223333:", "111122223333", "arn:aws:iam::111122223333:user/\x1b[31m", "arn:aws:iam::111122223333:user/a b"} {
		if o, err := ownership.Of(arn, here); err == nil {
			t.Errorf("%q is %+v", arn, o)
		}
	}
}

// The alphabet and the length are what every service and partition takes.
func TestAnOwnerFitsIntoATagAndIsReadBack(t *testing.T) {
	value := regexp.MustCompile(`^[a-zA-Z0-9\s._:/=+@-]{1,256}$`)
	seen := map[string]string{}
	for _, principal := range []string{"root", "user/ana", "user/a,b", "user/a_b", "user/a=2Cb", "user/a@b", "user/!\"#$%&'()*;<>?[]^`{|}~/x",
		"role/a,b=c.d@e-f+g_h", "user/" + strings.Repeat("long/", 100) + "ana", "user/" + strings.Repeat("long/", 100) + "bob", "user/" + strings.Repeat(",", 100)} {
		o := ownership.Owner{Account: "111122223333", Principal: principal, Computer: here}
		tag := o.String()
		if !value.MatchString(tag) {
			t.Errorf("%q is no tag value", tag)
		}
		if other := seen[tag]; other != "" {
			t.Errorf("%q and %q share the tag %q", principal, other, tag)
		}
		seen[tag] = principal
		back, err := ownership.Parse(tag)
		if err != nil || o.Relation(back) != ownership.Mine || back.Relation(o) != ownership.Mine || back.String() != tag {
			t.Errorf("%q is read as %+v, %v", tag, back, err)
		}
	}
	for _, tag := range []string{"", "@", "/", "111122223333/user/ana", "111122223333/user/ana@", "/user/ana@" + here, "111122223333/@" + here, "111122223333/a=2@" + here,
		"111122223333/a=zz@" + here, "111122223333/a=61@" + here, "111122223333/a,b@" + here,
		"111122223333/user/=1B]0;x=07@" + here, "111122223333/user/=0A@" + here, "111122223333/user/=C3=A4@" + here, "1\x1b/user/ana@" + here, "111122223333/user/ana@\x1b"} {
		if o, err := ownership.Parse(tag); err == nil {
			t.Errorf("%q is read as %+v", tag, o)
		}
	}
}

func TestWhoseSomethingIs(t *testing.T) {
	const session1, session2 = "arn:aws:sts::111122223333:assumed-role/Workshop/one", "arn:aws:sts::111122223333:assumed-role/Workshop/two"
	for name, c := range map[string]struct {
		me    ownership.Owner
		other ownership.Owner
		want  ownership.Relation
	}{
		"another session of the role":        {owner(t, session1, here), owner(t, session2, here), ownership.Mine},
		"the role at another computer":       {owner(t, session1, here), owner(t, session1, there), ownership.Elsewhere},
		"the role at an unknown computer":    {owner(t, session1, here), owner(t, session1, ""), ownership.Elsewhere},
		"this computer is unknown":           {owner(t, session1, ""), owner(t, session1, ""), ownership.Elsewhere},
		"a user of the role's name":          {owner(t, session1, here), owner(t, "arn:aws:iam::111122223333:user/Workshop", here), ownership.NotMine},
		"a role whose name begins the same":  {owner(t, session1, here), owner(t, "arn:aws:sts::111122223333:assumed-role/Workshop2/one", here), ownership.NotMine},
		"the role of another case":           {owner(t, session1, here), owner(t, "arn:aws:sts::111122223333:assumed-role/workshop/one", here), ownership.NotMine},
		"the same role in another account":   {owner(t, session1, here), owner(t, "arn:aws:sts::999988887777:assumed-role/Workshop/one", here), ownership.NotMine},
		"root and a user":                    {owner(t, "arn:aws:iam::111122223333:root", here), owner(t, "arn:aws:iam::111122223333:user/root", here), ownership.NotMine},
		"users of the same name, two paths":  {owner(t, "arn:aws:iam::111122223333:user/a/ana", here), owner(t, "arn:aws:iam::111122223333:user/b/ana", here), ownership.NotMine},
		"nobody":                             {ownership.Owner{}, ownership.Owner{}, ownership.NotMine},
		"a federated user and a user":        {owner(t, "arn:aws:sts::111122223333:federated-user/ana", here), owner(t, "arn:aws:iam::111122223333:user/ana", here), ownership.NotMine},
		"the user, and nothing else differs": {owner(t, "arn:aws:iam::111122223333:user/ana", here), owner(t, "arn:aws:iam::111122223333:user/ana", here), ownership.Mine},
	} {
		if got := c.me.Relation(c.other); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatTagsClaim(t *testing.T) {
	const me = "arn:aws:sts::111122223333:assumed-role/Work,shop/two"
	long := "arn:aws:iam::111122223333:user/" + strings.Repeat("long/", 90) + "ana"
	for name, c := range map[string]struct {
		caller string
		tags   map[string]string
		want   ownership.Relation
		ok     bool
	}{
		"no tags":                      {me, nil, ownership.NotMine, false},
		"another tool's":               {me, map[string]string{"created-by": "terraform", "run": "demo", "owner": owner(t, me, here).String()}, ownership.NotMine, false},
		"no run":                       {me, map[string]string{"created-by": "agentcore-3lo", "owner": owner(t, me, here).String()}, ownership.NotMine, false},
		"no owner":                     {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo"}, ownership.NotMine, false},
		"an owner that cannot be read": {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "owner": "me"}, ownership.NotMine, false},
		"one that cannot be read beside the older": {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "owner": "", "caller": "arn:aws:sts::111122223333:assumed-role/Work_shop/one"}, ownership.NotMine, false},
		"mine":                               {me, ownership.Tags("demo", owner(t, me, here)), ownership.Mine, true},
		"mine, with tags of a policy beside": {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "owner": owner(t, me, here).String(), "cost-centre": "7"}, ownership.Mine, true},
		"from another computer":              {me, ownership.Tags("demo", owner(t, me, there)), ownership.Elsewhere, true},
		"a colleague's":                      {me, ownership.Tags("demo", owner(t, "arn:aws:iam::111122223333:user/ana", here)), ownership.NotMine, true},
		"the older tag, another session":     {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "caller": "arn:aws:sts::111122223333:assumed-role/Work_shop/one"}, ownership.Elsewhere, true},
		"the older tag, a colleague's":       {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "caller": "arn:aws:iam::111122223333:user/ana"}, ownership.NotMine, true},
		"the older tag, cut off":             {long, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "caller": long[:256]}, ownership.Elsewhere, true},
		"the older tag, no ARN":              {me, map[string]string{"created-by": "agentcore-3lo", "run": "demo", "caller": "me"}, ownership.NotMine, false},
	} {
		claim, ok := ownership.ReadTags(c.tags)
		got := ownership.NotMine
		if ok {
			got = claim.Relation(owner(t, c.caller, here))
		}
		if ok != c.ok || got != c.want || ok && claim.Run != "demo" {
			t.Errorf("%s: %+v, %v, %v; want %v, %v", name, claim, ok, got, c.ok, c.want)
		}
	}
}
