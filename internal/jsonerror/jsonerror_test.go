package jsonerror_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/jsonerror"
)

func TestPlain(t *testing.T) {
	type entry struct {
		Name  string
		Count int64
		On    bool
		Addr  netip.Addr
		When  time.Time
	}
	type body struct{ List []entry }
	for in, want := range map[string]string{
		`{"List": [{}, {"Name": 5}]}`:                           "/List/1/Name: is a number where a string belongs",
		`{"List": [{"Count": "5"}]}`:                            `/List/0/Count: is a string where a number belongs`,
		`{"List": [{"On": {}}]}`:                                "/List/0/On: is an object where a boolean belongs",
		`{"List": [{"Addr": "x"}]}`:                             `/List/0/Addr: is no IP address`,
		`{"List": [{"When": "yesterday"}]}`:                     `/List/0/When: is no time (RFC 3339)`,
		`{"List": [{"Count": 7.5}]}`:                            "/List/0/Count: is no whole number",
		`{"List": [{"Count": 1e400}]}`:                          "/List/0/Count: is no whole number",
		`{"List": [{"Count": 99999999999999999999}]}`:           "/List/0/Count: is a number that is too large",
		`{"List": [{"Other": ` + strings.Repeat("[", 500) + "x": "/List/0/Other" + strings.Repeat("/0", 43) + "/…" + strings.Repeat("/0", 50) + ": offset 520: invalid character 'x' at start of value",
		`{"List": {}}`:                                          "/List: is an object where a list belongs",
		`{"List": [3]}`:                                         "/List/0: is a number where an object belongs",
		`[]`:                                                    "is a list where an object belongs",
		`{"List": [{"Name": "", "Name": ""}]}`:                  "/List/0/Name: the key stands there twice",
		`{"List": [{"Name": ""`:                                 "/List/0: offset 21: unexpected EOF",
		`nonsense`:                                              "offset 1: invalid character 'o' in literal null (expecting 'u')",
		`{"List": [{"Name": "` + "\x01" + `"}]}`:                "/List/0/Name: offset 20: invalid character '\\x01' in string (expecting non-control character)",
	} {
		var b body
		err := jsonerror.Plain(json.Unmarshal([]byte(in), &b))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", in, err, want)
		}
		if strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s names a Go type: %v", in, err)
		}
	}
	var b body
	if err := jsonerror.Plain(json.Unmarshal([]byte(`{"Lost": 1}`), &b, json.RejectUnknownMembers(true))); err == nil || err.Error() != "/Lost: is no known key" {
		t.Error(err)
	}
	other := errors.New("disk on fire")
	if err := json.UnmarshalRead(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(other)), &b); jsonerror.Plain(err).Error() != "disk on fire" {
		t.Errorf("%v hides what the reader said", err)
	}
	if !errors.Is(jsonerror.Plain(other), other) || jsonerror.Plain(nil) != nil {
		t.Error("an error of something else was changed")
	}
}

func TestReaderKnowsByteOrderMarks(t *testing.T) {
	for text, want := range map[string]string{"": "", "{": "{", "\ufeff{}": "{}", "{}\ufeff": "{}\ufeff"} {
		if got, err := io.ReadAll(jsonerror.Reader(strings.NewReader(text))); string(got) != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"\xff\xfe{\x00", "\xfe\xff\x00{"} {
		err := json.UnmarshalRead(jsonerror.Reader(strings.NewReader(text)), new(any))
		if err = jsonerror.Plain(err); err == nil || !strings.HasPrefix(err.Error(), "is text in UTF-16") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
