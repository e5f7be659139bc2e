package snapshot

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/jsonerror"
	"github.com/buttress/buttress/internal/recording"
)

// errStop ends the reading of a body early.
var errStop = errors.New("stop")

// identifying are the lists that tell whose account was recorded where no
// manifest does: first those of resources that cannot be shared, by the account
// in their ARNs or their owner, then those that another account may own.
func identifying() []struct {
	op           recording.Operation
	list, member string
} {
	return []struct {
		op           recording.Operation
		list, member string
	}{
		{"rds:DescribeDBInstances", "DBInstances", "DBInstanceArn"},
		{"rds:DescribeDBClusters", "DBClusters", "DBClusterArn"},
		{"elbv2:DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn"},
		{"elbv2:DescribeTargetGroups", "TargetGroups", "TargetGroupArn"},
		{"autoscaling:DescribeAutoScalingGroups", "AutoScalingGroups", "AutoScalingGroupARN"},
		{"ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "OwnerId"},
		{"ec2:DescribeInstances", "Reservations", "OwnerId"},
		{"ec2:DescribeSecurityGroups", "SecurityGroups", "OwnerId"},
		{"ec2:DescribeVpcs", "Vpcs", "OwnerId"},
		{"ec2:DescribeSubnets", "Subnets", "OwnerId"},
		{"ec2:DescribeRouteTables", "RouteTables", "OwnerId"},
	}
}

// identify returns the id of a recorded account and its partition. The id is
// empty where nothing in the recording says it.
func identify(a *recording.Account) (id, partition string, err error) {
	if m := a.Manifest; m != nil && m.Account != "" {
		return m.Account, partitionOf(m.Partition, a.Regions), nil
	}
	for _, from := range identifying() {
		for _, region := range a.Regions {
			id, err := firstAccount(a, recording.Call{Region: region, Operation: from.op}, from.list, from.member)
			if err != nil || id != "" {
				return id, partitionOf("", a.Regions), err
			}
		}
	}
	return "", partitionOf("", a.Regions), nil
}

// partitionOf falls back on the Regions' names, whose first word tells the
// partition apart: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func partitionOf(recorded string, regions []string) string {
	switch {
	case recorded != "":
		return recorded
	case len(regions) > 0 && strings.HasPrefix(regions[0], "cn-"):
		return "aws-cn"
	case len(regions) > 0 && strings.HasPrefix(regions[0], "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// firstAccount returns the account that the first entry of a list names, or
// nothing where the body cannot be read: the kind that needs it will say so.
func firstAccount(a *recording.Account, call recording.Call, list, member string) (string, error) {
	body, err := a.Open(call)
	if err != nil {
		return "", nil
	}
	defer body.Close()
	dec := jsontext.NewDecoder(body, jsontext.AllowInvalidUTF8(true))
	found := ""
	_ = eachMember(dec, list, func(int32) error {
		var entry map[string]jsontext.Value
		if err := json.UnmarshalDecode(dec, &entry); err != nil {
			return err
		}
		var value string
		_ = json.Unmarshal(entry[member], &value)
		if found = accountIn(value); found != "" {
			return errStop
		}
		return nil
	})
	return found, nil
}

// accountIn takes the account out of an ARN, or of an account id itself.
func accountIn(value string) string {
	if parts := strings.SplitN(value, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	if len(value) == 12 && strings.Trim(value, "0123456789") == "" {
		return value
	}
	return ""
}

// checkEntry refuses an entry without an id, and one whose ARN contradicts the
// folder that it lies in. One that was cut makes the answer incomplete.
func checkEntry(r entry, named bool) error {
	if r.ID() == "" {
		return fmt.Errorf("%s: has no id", pointer(r))
	}
	if b, ok := r.(interface{ unreal() error }); ok {
		if err := b.unreal(); err != nil {
			return fmt.Errorf("%s: %w", pointer(r), err)
		}
	}
	if c, ok := r.(cuttable); ok {
		if field := c.cut(); field != "" {
			return incomplete{recording.MalformedResponse, pointer(r) + " has no " + field + ", which AWS always returns"}
		}
	}
	if !named {
		return nil
	}
	parts := strings.SplitN(r.ARN(), ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return nil
	}
	switch scope := r.Scope(); {
	case parts[3] != scope.Region:
		return fmt.Errorf("%s: the ARN %s is not of the Region %s", pointer(r), r.ARN(), scope.Region)
	case scope.Account != "" && parts[4] != scope.Account && accountIn(parts[4]) != "":
		return fmt.Errorf("%s: the ARN %s is not of the account %s", pointer(r), r.ARN(), scope.Account)
	}
	return nil
}

// pointer is where an entry stands in its file.
func pointer(r entry) string {
	_, p, _ := strings.Cut(r.Source(""), "#")
	return p
}

// owned is a resource that may belong to another account than the recorded one.
type owned interface{ Owner() string }

// sorted puts rows into order and takes out what stands twice: equal entries
// count once, entries that differ are an error, and of what several accounts
// list the owner's entry counts.
func (k *KindOf[T]) sorted(l *loader, rows []*T) ([]T, error) {
	slices.SortStableFunc(rows, func(a, b *T) int { return k.compare(k.resource(a), k.resource(b)) })
	out := make([]T, 0, len(rows))
	for _, t := range rows {
		if n := len(out); n > 0 {
			same, err := k.twin(l, &out[n-1], t)
			if err != nil {
				return nil, err
			}
			if same {
				continue
			}
		}
		out = append(out, *t)
	}
	if len(l.accounts) > 1 && !k.named && k.shape != perResource {
		out = k.ofOwners(out)
	}
	return out, nil
}

// twin reports whether two neighbours are the same resource.
func (k *KindOf[T]) twin(l *loader, a, b *T) (bool, error) {
	ra, rb := k.resource(a), k.resource(b)
	fa, fb := ra.origin().file, rb.origin().file
	if fa.scope != fb.scope || ra.ID() != rb.ID() || k.shape == perResource && fa.resource != fb.resource {
		return false, nil
	}
	if fa.path != fb.path {
		return true, nil // one answer lists it, another one is about it
	}
	equal, err := l.equal(fa, ra, rb)
	if err != nil {
		return false, err
	}
	if !equal {
		return false, fmt.Errorf("%s: %s and %s are both %s and differ", fa.path, pointer(ra), pointer(rb), ra.ID())
	}
	return true, nil
}

// ofOwners drops the entries of what another account lists as its own.
func (k *KindOf[T]) ofOwners(rows []T) []T {
	best := make(map[key]int, len(rows))
	for i := range rows {
		r := k.resource(&rows[i])
		id := key{"", r.Scope().Region, r.ID()}
		if _, taken := best[id]; !taken || ownedHere(r) {
			best[id] = i
		}
	}
	out := rows[:0]
	for i := range rows {
		r := k.resource(&rows[i])
		if best[key{"", r.Scope().Region, r.ID()}] == i {
			out = append(out, rows[i])
		}
	}
	return out
}

func ownedHere(r Resource) bool {
	o, ok := r.(owned)
	return ok && o.Owner() == r.Scope().Account
}

// equal compares two entries of a file as they are recorded, with every field.
func (l *loader) equal(f *file, a, b entry) (bool, error) {
	var raw [2]jsontext.Value
	for i, r := range []entry{a, b} {
		v, err := l.raw(f, *r.origin())
		if err != nil {
			return false, err
		}
		raw[i] = v
	}
	return bytes.Equal(raw[0], raw[1]), nil
}

// raw reads an entry once more, in canonical form.
func (l *loader) raw(f *file, o Origin) (jsontext.Value, error) {
	account := l.accounts[slices.Index(l.ids, f.scope.Account)]
	body, err := account.OpenPath(f.path)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	dec := jsontext.NewDecoder(body, jsontext.AllowInvalidUTF8(true))
	var found jsontext.Value
	take := func(i, want int32) error {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if i == want {
			found = v.Clone()
			return errStop
		}
		return nil
	}
	err = eachMember(dec, strings.TrimPrefix(f.list, "/"), func(i int32) error {
		if f.nested == "" || i != o.index {
			return take(i, o.index)
		}
		return eachMember(dec, f.nested, func(j int32) error { return take(j, o.inner) })
	})
	if !errors.Is(err, errStop) {
		return nil, fmt.Errorf("%s: changed while it was read: %w", f.path, jsonerror.Plain(cmp.Or(err, io.ErrUnexpectedEOF)))
	}
	return found, found.Canonicalize()
}
