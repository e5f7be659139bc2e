#!/bin/sh
# Makes a recording of an AWS account with the AWS CLI alone:
#
#   sh record.sh DIR
#
# Every call only reads. Judge the recording with: buttress scan DIR
#
# User data of launch templates and launch configurations can hold secrets and
# is not kept: a note stands in its place. Keys of VPN connections, client secrets
# of load balancers and passwords of databases become asterisks. All else is as
# the AWS CLI prints it.
set -uf
umask 077

say() { printf '%s\n' "$*" >&2; }
die() {
	say "$*"
	exit 2
}

[ $# -eq 1 ] && [ -n "$1" ] || die "usage: sh ${0##*/} DIR"
dir=${1%/}
case $dir in
'') die "$1: is there already" ;;
-*) dir=./$dir ;;
esac
if [ -d "$dir" ]; then
	[ -z "$(ls -A "$dir")" ] || die "$dir: is there already and not empty"
elif [ -e "$dir" ]; then
	die "$dir: is there already and no folder"
fi
command -v aws >/dev/null || die "the AWS CLI is not installed"

# What is not finished never bears the name of the recording.
temp=$dir.tmp-$$
files=$temp/recording
mkdir -p "$files" || die "$dir: cannot be written"
trap 'rm -rf "$temp"' EXIT
trap 'exit 130' INT TERM HUP

AWS_PAGER=
AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-8}
AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard}
export AWS_PAGER AWS_MAX_ATTEMPTS AWS_RETRY_MODE
[ -n "${AWS_PROFILE:-}" ] || unset AWS_PROFILE # the AWS CLI looks for a profile without a name

# line makes one line of standard input.
line() { LC_ALL=C tr '\000-\037' ' ' | LC_ALL=C sed 's/  */ /g; s/^ //; s/ $//'; }

# json writes its argument as a JSON string.
json() { printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C sed 's/\\/\\\\/g; s/"/\\"/g')"; }

# escape writes an id as a file name.
escape() { printf '%s' "$1" | LC_ALL=C sed 's/%/%25/g; s/:/%3A/g; s|/|%2F|g; s/ /%20/g; s/+/%2B/g; s/(/%28/g; s/)/%29/g'; }

# values FILE KEY prints the strings under a key in the answers of this Region to
# one operation, each once. The AWS CLI prints every key on a line of its own.
values() {
	(
		set +f
		for answer in "$files/$region/$1.json" "$files/$region/$1"/*.json; do
			[ ! -f "$answer" ] || LC_ALL=C sed -n 's/^ *"'"$2"'": "\([^"]*\)",\{0,1\}$/\1/p' "$answer"
		done
	) | LC_ALL=C sort -u
}

comma=
# gap OPERATION RESOURCE notes that a call has no answer; why is in $temp/err.
gap() {
	text=$(line <"$temp/err")
	code=$(printf '%s\n' "$text" | LC_ALL=C sed -n 's/^.*An error occurred (\([^)]*\)) when calling the [A-Za-z0-9]* operation.*$/\1/p')
	message=$(printf '%s\n' "$text" | LC_ALL=C sed 's/^.*An error occurred ([^)]*) when calling the [A-Za-z0-9]* operation\( ([^)]*)\)\{0,1\}: //; s/ *(Service: [^)]*Request ID[^)]*)//; s/[,;]* *(\{0,1\}[Rr]equest *[Ii][Dd]: *[A-Za-z0-9-]*)\{0,1\}//g')
	case $code in
	[0-9][0-9][0-9]) code=MalformedResponse ;;
	'')
		case $text in
		*[Cc]ould\ not\ connect* | *[Tt]imeout* | *[Cc]onnection\ was\ closed*) code=Unreachable ;;
		*[Uu]nable\ to\ parse*) code=MalformedResponse ;;
		*) code=NotRecorded ;;
		esac
		;;
	esac
	say "no answer: $1 $2 in $region: $code: $message"
	printf '%s\n    {"region": %s, "operation": %s, "resource": %s, "code": %s, "message": %s}' \
		"$comma" "$(json "$region")" "$(json "$1")" "$(json "$2")" "$(json "$code")" "$(json "$message")" >>"$temp/gaps"
	comma=,
}

# secretless prints an answer without the secrets in it.
secretless() {
	LC_ALL=C sed '
		s/^\( *"UserData": \)"[^"]\{1,\}"/\1"W21hc2tlZDogbm90IHNlYXJjaGVkXQ==", "ButtressSecrets": [{"Kind": "not searched", "Line": 0}]/
		s/^\( *"CustomerGatewayConfiguration": \)".*"/\1"****"/
		s/^\( *"PreSharedKey": \)".*"/\1"****"/
		s/^\( *"ClientSecret": \)".*"/\1"****"/
		s/^\( *"MasterUserPassword": \)".*"/\1"****"/' "$1"
}

# whole FILE says whether an answer is all of a list. Where the AWS CLI turns no
# pages, it prints that there are more.
whole() {
	if LC_ALL=C grep -q -e '^    "NextToken": "' -e '^    "NextMarker": "' -e '^    "Marker": "' -e '^    "AdditionalRoutesAvailable": true' "$1"; then
		printf 'AWS has more than it lists: a newer AWS CLI may get the rest\n' >"$temp/err"
		return 1
	fi
}

# call OPERATION RESOURCE FILE ARGUMENT... keeps the answer to a call, without
# the secrets in it, or notes the gap.
call() {
	op=$1 about=$2 file=$files/$region/$3.json
	shift 3
	if aws "$@" --region "$region" --output json >"$temp/out" 2>"$temp/err" && [ -s "$temp/out" ] && whole "$temp/out"; then
		mkdir -p "${file%/*}" && secretless "$temp/out" >"$file" || die "$file: cannot be written"
		return
	fi
	gap "$op" "$about"
}

# each OPERATION FILE IDS ARGUMENT... makes a call about each of the ids, which
# is the last argument of the call.
each() {
	each_op=$1 each_file=$2 ids=$3
	shift 3
	for id in $ids; do
		call "$each_op" "$id" "$each_file/$(escape "$id")" "$@" "$id"
	done
}

# pinned makes the calls about the versions of launch templates that Auto
# Scaling groups name by number.
pinned() {
	[ -f "$files/$region/autoscaling-describe-auto-scaling-groups.json" ] || return 0
	if ! aws autoscaling describe-auto-scaling-groups --page-size 100 --region "$region" --output text --query \
		'AutoScalingGroups[].[LaunchTemplate, MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification, MixedInstancesPolicy.LaunchTemplate.Overrides[].LaunchTemplateSpecification][][].[LaunchTemplateId, LaunchTemplateName, Version]' \
		>"$temp/pins" 2>"$temp/err"; then
		gap ec2:DescribeLaunchTemplateVersions ''
		return 0
	fi
	: >"$temp/numbers"
	while read -r id name version; do
		case $version in
		'' | *[!0-9]*) continue ;;
		esac
		if [ "$id" = None ]; then
			id=$(aws ec2 describe-launch-template-versions --versions '$Latest' --region "$region" --output text \
				--query "LaunchTemplateVersions[?LaunchTemplateName=='$name'].LaunchTemplateId | [0]" </dev/null 2>/dev/null) || continue
			[ "$id" != None ] || continue
		fi
		printf '%s %s\n' "$id" "$version" >>"$temp/numbers"
	done <"$temp/pins"
	for template in $(LC_ALL=C sed 's/ .*//' "$temp/numbers" | LC_ALL=C sort -u); do
		# shellcheck disable=SC2046 # one argument for each version
		call ec2:DescribeLaunchTemplateVersions "$template" "ec2-describe-launch-template-versions/$template" \
			ec2 describe-launch-template-versions --launch-template-id "$template" --versions $(LC_ALL=C sed -n "s/^$template //p" "$temp/numbers" | LC_ALL=C sort -u)
	done
}

captured=$(date -u +%Y-%m-%dT%H:%M:%SZ)
home=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || printf @HOME@)}}
aws sts get-caller-identity --region "$home" --query '[Account, Arn]' --output text >"$temp/out" || die "AWS does not say whose credentials these are"
read -r account caller <"$temp/out"
partition=${caller#arn:}
partition=${partition%%:*}
tool=$(aws --version 2>&1)
tool=${tool#aws-cli/}
@REGIONS@
for region in $regions; do
	say "$region"
	# Nobody knows yet whether the Region holds anything: an empty folder is fine.
	mkdir -p "$files/$region"
@CALLS@done

{
	printf '{\n  "formatVersion": "1",\n  "account": %s,\n  "partition": %s,\n  "capturedAt": %s,\n  "caller": %s,\n' \
		"$(json "$account")" "$(json "$partition")" "$(json "$captured")" "$(json "$caller")"
	printf '  "tool": {"name": "aws-cli", "version": %s},\n  "regions": [' "$(json "${tool%% *}")"
	separator=
	for region in $regions; do
		printf '%s%s' "$separator" "$(json "$region")"
		separator=', '
	done
	printf '],\n'
	case ${AWS_IGNORE_CONFIGURED_ENDPOINT_URLS:-}:${AWS_ENDPOINT_URL:-} in
	[Tt][Rr][Uu][Ee]:* | *: | *.amazonaws.com | *.amazonaws.com/* | *.amazonaws.com.cn | *.amazonaws.com.cn/*) ;;
	*) printf '  "endpoint": %s,\n' "$(json "$(printf '%s' "$AWS_ENDPOINT_URL" | LC_ALL=C sed 's/[?#].*//; s|//[^/]*@|//|')")" ;;
	esac
	printf '  "gaps": ['
	if [ -n "$comma" ]; then
		cat "$temp/gaps"
		printf '\n  '
	fi
	printf ']\n}\n'
} >"$files/recording.json" || die "$dir: cannot be written"

if [ -d "$dir" ]; then rmdir "$dir" || die "$dir: is no longer empty"; fi
mv "$files" "$dir" || die "$dir: cannot be written"
say "recorded account $account in $dir"
[ -z "$comma" ] || exit 3
