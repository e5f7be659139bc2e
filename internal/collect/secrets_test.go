package collect

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMaskText(t *testing.T) {
	for _, tt := range []struct{ name, in, want, found string }{
		{"nothing", "#!/bin/sh\nyum -y update\n", "#!/bin/sh\nyum -y update\n", ""},
		{"shell", "a\nexport DB_PASSWORD=hunter2\nb", "a\nexport DB_PASSWORD=[masked: password]\nb", "2 password"},
		{"quoted", `PASSWORD="a b\"c" next`, `PASSWORD=[masked: password]`, "1 password"},
		{"quoted over lines", "PASSWORD='one\ntwo\nthree'\nb", "PASSWORD=[masked: password]\n\n\nb", "1 password"},
		{"continued", "TOKEN=abc\\\ndef\nb", "TOKEN=[masked: token]\n\nb", "1 token"},
		{"yaml", "db:\n  password: hun ter2\n  host: x", "db:\n  password: [masked: password]\n  host: x", "2 password"},
		{"yaml block", "api_key: |\n  abc\n  def\nhost: x", "api_key: [masked: api-key]\n\n\nhost: x", "1 api-key"},
		{"json", `{"user": "u", "password": "p4ss", "x": 1}`, `{"user": "u", "password": [masked: password]`, "1 password"},
		{"json pair", `{"name": "DB_PASSWORD", "value": "p4ss"}`, `{"name": "DB_PASSWORD", "value": [masked: password]`, "1 password"},
		{"xml", `<password>p4ss</password>`, `<password>[masked: password]`, "1 password"},
		{"option", `tool --password p4ss --host h`, `tool --password [masked: password]`, "1 password"},
		{"option with =", `tool --api-key=p4ss`, `tool --api-key=[masked: api-key]`, "1 api-key"},
		{"powershell", "$secret = ConvertTo-SecureString 'p4ss' -AsPlainText", "$secret = [masked: secret]", "1 secret"},
		{"net user", `net user Administrator p4ss /add`, `net user Administrator [masked: password]`, "1 password"},
		{"chpasswd", `echo "root:p4ss" | chpasswd`, `echo [masked: password]| chpasswd`, "1 password"},
		{"curl", `curl -u bob:p4ss https://x`, `curl -u bob:[masked: password] https://x`, "1 password"},
		{"mysql", `mysql -u root -pp4ss db`, `mysql -u root -p[masked: password] db`, "1 password"},
		{"bearer", `curl -H "Authorization: Bearer abcdefghijkl"`, `curl -H "Authorization: Bearer [masked: token]"`, "1 token"},
		{"url", `git clone https://u:p4s@s@example.org/r`, `git clone https://u:[masked: connection-string]@example.org/r`, "1 connection-string"},
		{"url with a port", `curl http://example.org:8080/a@b`, `curl http://example.org:8080/a@b`, ""},
		{
			"aws keys", "aws configure set x AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
			"aws configure set x [masked: aws-access-key] [masked: aws-secret-key]", "1 aws-access-key, 1 aws-secret-key",
		},
		{"aws variables", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=wJalr", "AWS_ACCESS_KEY_ID=[masked: aws-access-key]\nAWS_SECRET_ACCESS_KEY=[masked: secret]", "1 aws-access-key, 2 secret"},
		{"a hash is no key", "git checkout 0123456789abcdef0123456789abcdef01234567", "git checkout 0123456789abcdef0123456789abcdef01234567", ""},
		{"github", "x ghp_abcdefghijklmnopqrstuvwxyz0123456789", "x [masked: github-token]", "1 github-token"},
		{"slack", "xoxb-123456789012-abcdef", "[masked: slack-token]", "1 slack-token"},
		{"slack hook", "https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/services/[masked: slack-token]", "1 slack-token"},
		{"stripe", "x=sk_live_abcdefghijklmnop1234", "x=[masked: stripe-key]", "1 stripe-key"},
		{"pem", "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\nDB_PASSWORD=x", "a\n[masked: private-key]\n\n\nDB_PASSWORD=[masked: password]", "2 private-key, 5 password"},
		{"pem without an end", "-----BEGIN PRIVATE KEY-----\nMIIB\nMIIC", "[masked: private-key]\n\n", "1 private-key"},
		{"a reference", "PASSWORD=$OTHER\nSECRET=${X}\nTOKEN=$(aws ssm get-parameter --name x)", "PASSWORD=$OTHER\nSECRET=${X}\nTOKEN=$(aws ssm get-parameter --name x)", ""},
		{"a default is no reference", "PASSWORD=${X:-hunter2}", "PASSWORD=[masked: password]", "1 password"},
		{"metadata", `TOKEN=$(curl -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)`, `TOKEN=$(curl -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)`, ""},
		{"ids and files", "secret_id: a\npassword_file=/run/x\nSecretArn: arn:aws:x", "secret_id: a\npassword_file=/run/x\nSecretArn: arn:aws:x", ""},
		{"nothing given", "password:\nuser: x\nPASSWORD=\"\"", "password:\nuser: x\nPASSWORD=\"\"", ""},
		{"windows", "PASSWORD=x\r\ny\r\n", "PASSWORD=[masked: password]\ny\r\n", "1 password"},
		{"in base64", "content: " + base64.StdEncoding.EncodeToString([]byte("DB_PASSWORD=hunter2\n")), "content: [masked: password]", "1 password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := masker{}
			got := m.mask(tt.in)
			var found []string
			for _, s := range m.sorted() {
				found = append(found, fmt.Sprintf("%d %s", s.Line, s.Kind))
			}
			if diff := cmp.Diff(tt.want+"\n"+tt.found, got+"\n"+strings.Join(found, ", ")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestMaskUserData(t *testing.T) {
	const script = "#!/bin/sh\nexport DB_PASSWORD=hunter2\n"
	b64 := base64.StdEncoding.EncodeToString
	for _, tt := range []struct{ name, in, want, kind string }{
		{"plain", b64([]byte(script)), "#!/bin/sh\nexport DB_PASSWORD=[masked: password]\n", "password"},
		{"compressed", b64(zipped(script)), "#!/bin/sh\nexport DB_PASSWORD=[masked: password]\n", "password"},
		{"wrapped", b64([]byte(script))[:20] + "\n" + b64([]byte(script))[20:], "#!/bin/sh\nexport DB_PASSWORD=[masked: password]\n", "password"},
		{"not base64", "hunter2!", "[masked: unreadable]", unreadable},
		{"not text", b64([]byte{0, 1, 2, 255}), "[masked: unreadable]", unreadable},
		{"cut off", b64(zipped(script)[:20]), "[masked: unreadable]", unreadable},
		{"a bomb", b64(zipped(strings.Repeat("\n", maxUserData+1))), "[masked: unreadable]", unreadable},
		{"clean", b64(zipped("#!/bin/sh\n")), string(zipped("#!/bin/sh\n")), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := maskUserData(&tt.in)
			text, err := base64.StdEncoding.DecodeString(*got)
			if err != nil {
				t.Fatal(err)
			}
			kind := ""
			if len(found) > 0 {
				kind = found[0].Kind
			}
			if diff := cmp.Diff([]string{tt.want, tt.kind}, []string{string(text), kind}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if got, found := maskUserData(nil); got != nil || found != nil {
		t.Error("no user data became some")
	}
}

func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

// FuzzMask puts a password between texts of all kinds. It must be gone, and the
// lines must be as many as before.
func FuzzMask(f *testing.F) {
	f.Add("#!/bin/sh\n", "\nexit")
	f.Add("x='", "'")
	f.Add("-----BEGIN PRIVATE KEY-----\n", "")
	f.Add("password: |\n ", "\n\\")
	f.Fuzz(func(t *testing.T, before, after string) {
		const password = "c0rrect-h0rse"
		if strings.Contains(before+after, "h0rse") {
			return
		}
		m := masker{}
		in := before + "\nDB_PASSWORD=" + password + "\n" + after
		got := m.mask(in)
		if strings.Contains(got, password) {
			t.Errorf("%q\nstill holds the password:\n%q", in, got)
		}
		if strings.Count(got, "\n") != strings.Count(in, "\n") {
			t.Errorf("%q\nhas other lines:\n%q", in, got)
		}
	})
}
