package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/golden"
)

// TestPolicyOfPipelines writes the policy that docs/ci.md gives to the role of a
// pipeline.
func TestPolicyOfPipelines(t *testing.T) {
	golden.Compare(t, "../../docs/policy.json", buttress(t, "permissions").stdout)
}

// TestTrustPolicies reads the policies that docs/ci.md shows: each admits the
// tokens of one issuer, for an audience and for subjects that are named.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
func TestTrustPolicies(t *testing.T) {
	doc, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(doc), "```json\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("docs/ci.md shows %d policies, want those of GitHub and GitLab", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		var p struct {
			Version   string
			Statement []struct {
				Effect, Action string
				Principal      struct{ Federated string }
				Condition      map[string]map[string]any
			}
		}
		if err := json.Unmarshal([]byte(text), &p, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if p.Version != "2012-10-17" || len(p.Statement) != 1 {
			t.Fatalf("no policy of one statement: %s", text)
		}
		s := p.Statement[0]
		_, issuer, ok := strings.Cut(s.Principal.Federated, ":oidc-provider/")
		if !ok || s.Effect != "Allow" || s.Action != "sts:AssumeRoleWithWebIdentity" {
			t.Errorf("no trust in an issuer of tokens: %s", text)
		}
		var keys []string
		for _, condition := range s.Condition {
			for key := range condition {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		if !slices.Equal(keys, []string{issuer + ":aud", issuer + ":sub"}) {
			t.Errorf("conditions on %v: %s", keys, text)
		}
	}
}
