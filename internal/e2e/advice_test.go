//go:build unix

package e2e_test

import (
	"regexp"
	"slices"
	"strings"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// outside matches advice to do something outside this program.
var outside = regexp.MustCompile(`(?i)\b(ask (an|the) administrator|ask (AWS Support|whoever)|get credentials|billing|renew (them|the)|sign in|wait (a|until|for|five)|check the (network|region)|HTTPS_PROXY|health\.aws|products tab|developer portal|` +
	`documentation|quota|make room|clock|AWS_CA_BUNDLE|stop (it|what)|enter both|register it exactly|another region|choose another|(remove|delete) it yourself)`)

// printed matches the commands in an advice.
var printed = regexp.MustCompile(`agentcore-3lo ([^\n;()]*)`)

// followAdvice does what a failure advises. What has to be done outside the program,
// or a resource to recreate, ends the fault; then the printed commands are run.
func followAdvice(s *testkit.Run, f *engine.Failure) {
	s.T.Helper()
	cured := outside.MatchString(f.Next) || strings.Contains(f.Next, "--recreate") || strings.Contains(f.Next, "walk --new")
	if cured {
		s.Intercept(nil)
	}
	var last *engine.Failure
	commands := printed.FindAllStringSubmatch(f.Next, -1)
	if len(commands) == 0 && !cured {
		s.T.Errorf("the advice names nothing to do: %s", f.Next)
	}
	for _, command := range commands {
		if slices.Contains(strings.Fields(command[1]), "ARN") { // an alternative with a placeholder to fill in
			continue
		}
		if last = runPrinted(s, strings.Fields(command[1])); last != nil {
			break
		}
	}
	if last != nil && cured {
		s.T.Errorf("the advice was followed and helped, and it fails while %s: %s\nthe advice: %s", last.Doing, last.Why.Message, f.Next)
	}
	if last != nil && last.Doing == f.Doing && last.Why.Code == f.Why.Code && last.Why.Message == f.Why.Message {
		s.T.Errorf("following the advice ends in the same failure, %s: %s %s\nthe advice: %s", f.Doing, f.Why.Code, f.Why.Message, f.Next)
	}
}

// runPrinted runs a printed command and returns its failure.
func runPrinted(s *testkit.Run, words []string) *engine.Failure {
	s.T.Helper()
	given, run := s.Settings, s.Name
	defer func() { s.Settings, s.Name = given, run }() // after the cleanup of another run
	var ids []engine.ID
	fresh := false
	for i, word := range words[1:] {
		switch step, known := steps.Find(engine.ID(word)); {
		case known:
			ids = append(ids, step.ID)
		case word == "--register-return-url":
			s.Configure(func(o *steps.Settings) { o.RegisterReturnURL = true })
		case word == "--recreate":
			s.Configure(func(o *steps.Settings) { o.Recreate = true })
		case word == "--new":
			fresh = true
		case slices.Contains([]string{"--sandbox", "--aws", "--all", "--imds"}, word):
		case slices.Contains([]string{"--run", "--sandbox-url", "--profile", "--region", "--port"}, words[i]): // skip its value
		case slices.Contains([]string{"--run", "--sandbox-url", "--profile", "--region", "--port"}, word):
		default:
			s.T.Errorf("the advice has %q in %q", word, words)
		}
	}
	switch words[0] {
	case "walk":
		if fresh {
			s.Name += "-again"
			defer func() { s.MustComplete(s.Cleanup()) }() // the caller looks at the first run alone
		}
		return s.Walk().Failure()
	case "run":
		return s.Repeat(ids...).Failure()
	case "cleanup":
		return s.Cleanup().Failure()
	case "status", "policy", "runs", "whoami":
	default:
		s.T.Errorf("the advice names a command %q", words)
	}
	return nil
}
