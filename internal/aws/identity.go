package aws

import (
	"errors"
	"fmt"
)

// refused explains why STS did not say who is calling: the fault lies with the
// keys that signed the request.
func (w *Environment) refused(err error) error {
	var known *SignInError
	if errors.As(err, &known) || w.Sandbox {
		return err
	}
	e := requestFailure(err)
	if e.Cause == OtherSignIn {
		return err // the service's answer says more
	}
	if len(w.Ways) > 0 {
		e.Way = w.Ways[0]
	}
	if e.Cause == KeyUnknown && e.Way.tokenMissing() {
		e.Cause = TokenUnset
	}
	return e
}

// notes are what may surprise a person in the configuration.
func (c *chain) notes() []string {
	var notes []string
	byVariables := len(c.ways) > 0 && c.ways[0].Profile == "" && (c.ways[0].Provider == ProviderKeys || c.ways[0].Provider == ProviderWebIdentity)
	if c.from != "" && !c.explicit && byVariables {
		variable := "AWS_ACCESS_KEY_ID"
		if c.ways[0].Provider == ProviderWebIdentity {
			variable = "AWS_WEB_IDENTITY_TOKEN_FILE"
		}
		notes = append(notes, fmt.Sprintf("%s overrides %s (%s): the credentials of that profile are not used.", variable, c.from, c.profile))
	}
	region, from := c.region(c.o.Region)
	if own := c.own.values["region"]; own != "" && own != region {
		notes = append(notes, fmt.Sprintf("Profile %s is set to region %s; this command uses %s (%s).", c.profile, own, region, from))
	}
	return notes
}
