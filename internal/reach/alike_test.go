package reach_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// twins adds two interfaces beside each that there is, which differ from it by their
// addresses.
func (w *world) twins() {
	const file = "ec2-describe-network-interfaces"
	for i, e := range slices.Clone(w.lists[file]) {
		for j := range 2 {
			twin := maps.Clone(e.(entry))
			private, err := netip.ParseAddr(fmt.Sprint(twin["PrivateIpAddress"]))
			if err != nil {
				w.t.Fatal(err)
			}
			octets := private.As4()
			octets[3] += byte(100 * (j + 1))
			private = netip.AddrFrom4(octets)
			delete(twin, "Ipv6Addresses")
			twin["NetworkInterfaceId"] = fmt.Sprint(twin["NetworkInterfaceId"], "-", j)
			twin["PrivateIpAddress"] = private.String()
			twin["PrivateIpAddresses"] = []any{entry{
				"PrivateIpAddress": private.String(), "Primary": true, "Association": entry{"PublicIp": fmt.Sprintf("54.0.%d.%d", i, j)},
			}}
			w.add(file, twin)
		}
	}
}

// TestAlike asks of random networks what the internet reaches at interfaces that are
// said to be alike, and compares all that is said, addresses aside.
func TestAlike(t *testing.T) {
	repeatable(t)
	pairs := 0
	compare := func(n *reach.Network, rows []snapshot.NetworkInterface) string {
		for i := range rows {
			like, ok := n.Alike(&rows[i])
			if !ok || like == &rows[i] {
				continue
			}
			pairs++
			if mine, its := told(n, &rows[i]), told(n, like); mine != its {
				return fmt.Sprintf("%s is not like %s: %s\n%s", rows[i].NetworkInterfaceID, like.NetworkInterfaceID, mine, its)
			}
		}
		return ""
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.twins()
		s, err := loaded(w.files())
		if err != nil {
			t.Fatal(err)
		}
		if differ := compare(reach.NewNetwork(s), snapshot.NetworkInterfaces.In(s)); differ != "" {
			t.Fatal(differ)
		}
	})
	t.Logf("%d pairs", pairs)
	if pairs < 20 {
		t.Error("few interfaces were alike")
	}
}

// told is what the internet reaches at an interface, by which path, and what stops
// the rest.
func told(n *reach.Network, i *snapshot.NetworkInterface) string {
	a := n.Access([]*snapshot.NetworkInterface{i}, reach.Want{Direct: true})
	words := ""
	place := func(p snapshot.Place) {
		id := ""
		if p.Resource == snapshot.Resource(i) {
			id = "itself"
		} else if p.Resource != nil {
			id = p.Resource.ID()
		}
		words += fmt.Sprintf(" %s/%s", id, p.Field)
	}
	for _, o := range a.Openings {
		words += fmt.Sprintf("\n%s %s %v:", o.Protocol, o.Ports, o.Sources)
		for _, h := range append(o.Path.Hops, o.Path.Reply...) {
			place(h.Place)
		}
	}
	words += "\nstops:"
	for _, b := range a.Stops {
		place(b.Place)
	}
	none := func(all []reach.Opening) bool { return len(all) > 0 }
	holds, known := a.Holds(none)
	return fmt.Sprint(words, "\n", holds, known, a.HangsOn(none))
}
