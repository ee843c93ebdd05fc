package aws

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"agentcore-3lo/internal/sandbox/site"
)

func TestNewAPIRefusesAServiceThatItsModelDoesNotKnow(t *testing.T) {
	nothing := func(*Call) (any, error) { return nil, nil }
	for says, operations := range map[string]map[string]Handler{
		"":                    {"GetCallerIdentity": nothing},
		"GetSessionToken":     {"GetCallerIdentity": nothing, "GetSessionToken": nothing},
		"[GetCallerIdentity]": {},
	} {
		_, err := NewAPI(Environment{}, []Service{{Name: "sts", Operations: operations}})
		if (err == nil) != (says == "") || (err != nil && !strings.Contains(err.Error(), says)) {
			t.Errorf("with %d operations: %v", len(operations), err)
		}
	}
	if _, err := NewAPI(Environment{}, []Service{{Name: "s3"}}); err == nil {
		t.Error("a service without a model is accepted")
	}
}

func TestABodyThatIsNullHasNoMembers(t *testing.T) {
	models, err := loadModels()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest(http.MethodGet, "/tags/x", strings.NewReader("null"))
	r.SetPathValue("resourceArn", "arn")
	input, err := models["bedrock-agentcore-control"].input(keep(t, r), RESTJSON, "ListTagsForResource")
	if err != nil || input["resourceArn"] != "arn" {
		t.Errorf("%v %v", input, err)
	}
}

func keep(t *testing.T, r *http.Request) *http.Request {
	t.Helper()
	kept, err := site.KeepBody(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestEveryPatternOfTheModelsCompiles(t *testing.T) {
	models, err := loadModels()
	if err != nil {
		t.Fatal(err)
	}
	for service, m := range models {
		for name, s := range m.Shapes {
			if _, err := regexp.Compile(`\A(?:` + s.Pattern + `)\z`); err != nil {
				t.Errorf("%s %s: %v", service, name, err)
			}
		}
	}
}
