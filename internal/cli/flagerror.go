package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"agentcore-3lo/internal/shell"
)

// flagError says in a sentence what is wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	return refused(flagProblem(c, err), seeHelp(c))
}

// seeHelp is the command that shows what there is.
func seeHelp(c *cobra.Command) string {
	return "See: " + strings.Join(append([]string{shell.Program()}, strings.Fields(c.CommandPath())[1:]...), " ") + " --help"
}

func flagProblem(c *cobra.Command, err error) string {
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &value) && value.GetFlag().Value.Type() == "int":
		return fmt.Sprintf("--%s is a whole number, not %q", value.GetFlag().Name, value.GetValue())
	case errors.As(err, &value) && value.GetFlag().Value.Type() == "bool":
		return fmt.Sprintf("--%s takes no value, or true or false as in --%[1]s=false, but not %q", value.GetFlag().Name, value.GetValue())
	case errors.As(err, &value):
		return fmt.Sprintf("--%s cannot be %q", value.GetFlag().Name, value.GetValue())
	case errors.As(err, &missing):
		return fmt.Sprintf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Sprintf("unknown flag %q of %s; flags have two dashes here, except -h", "-"+unknown.GetSpecifiedShortnames(), c.CommandPath())
	case errors.As(err, &unknown):
		return fmt.Sprintf("unknown flag %q of %s", "--"+unknown.GetSpecifiedName(), c.CommandPath())
	case errors.As(err, &syntax):
		return fmt.Sprintf("%q is not a flag; a flag is two dashes and a name, such as --json", syntax.GetSpecifiedFlag())
	}
	return err.Error()
}

// wantsJSON says whether the command line has --json, also where an error kept
// it from being read to its end.
func wantsJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--json", "--json=true", "--json=1":
			return true
		case "--":
			return false
		}
	}
	return false
}
