package snapshot_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// TestResourcesKnowTheirLine writes the same instances in several ways, also so
// that they lie in different parts of what is read ahead.
func TestResourcesKnowTheirLine(t *testing.T) {
	const long = 100_000 // more than is read at once
	for name, c := range map[string]struct {
		body string
		want []int
	}{
		"one line":         {`{"Reservations": [{"Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}]}`, []int{1, 1}},
		"a line each":      {"{\"Reservations\": [{\"Instances\": [\n{\"InstanceId\": \"i-1\"},\n{\"InstanceId\": \"i-2\"}]}]}\n", []int{2, 3}},
		"the CLI's way":    {"{\n \"Reservations\": [\n  {\n   \"Instances\": [\n    {\n     \"InstanceId\": \"i-1\"\n    },\n    {\n     \"InstanceId\": \"i-2\"\n    }\n   ]\n  }\n ]\n}", []int{5, 8}},
		"Windows":          {"{\r\n\"Reservations\": [{\"Instances\": [\r\n{\"InstanceId\": \"i-1\"},\r\n\r\n{\"InstanceId\": \"i-2\"}]}]}", []int{3, 5}},
		"comma first":      {"{\"Reservations\"\n:\n[{\"Instances\": [{\"InstanceId\": \"i-1\"}\n,\n{\"InstanceId\": \"i-2\"}]}]}", []int{3, 5}},
		"a mark":           {"\ufeff\n{\"Reservations\": [{\"Instances\": [{\"InstanceId\": \"i-1\"},\n{\"InstanceId\": \"i-2\"}]}]}", []int{2, 3}},
		"after much space": {"{\"Reservations\": [{\"Instances\": [" + strings.Repeat("\n", long) + "{\"InstanceId\": \"i-1\"},\n{\"InstanceId\": \"i-2\"}]}]}", []int{long + 1, long + 2}},
		"after much else":  {"{\"Reservations\": [{\"X\": [" + strings.Repeat("1,\n", long) + "1],\n\"Instances\": [{\"InstanceId\": \"i-1\", \"Y\": \"" + strings.Repeat("y", long) + "\"},\n{\"InstanceId\": \"i-2\"}]}]}", []int{long + 2, long + 3}},
		"escaped":          {`{"Reservations": [{"X": "\n\n", "Instances": [{"InstanceId": "i-1", "Y": "\n"}, {"InstanceId": "i-2"}]}]}`, []int{1, 1}},
	} {
		files := fstest.MapFS{"eu-west-1/ec2-describe-instances.json": {Data: []byte(c.body)}}
		r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			t.Fatal(err)
		}
		s, err := snapshot.Load(r, []snapshot.Kind{snapshot.Instances})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []int
		for _, i := range snapshot.Instances.In(s) {
			got = append(got, i.Line())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: lines %d, want %d", name, got, c.want)
		}
	}
}
