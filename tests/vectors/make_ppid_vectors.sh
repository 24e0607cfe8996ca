#!/usr/bin/env bash
# Writes the known-answer vectors of ppid to standard output, from bash and the openssl binary alone:
#     bash tests/vectors/make_ppid_vectors.sh > tests/vectors/ppid.json
set -euo pipefail

# Keys and handles are patterns, so that nobody takes them for secrets. Keys are told apart by version.
key() { case $1 in
  1) printf '01%.0s' {1..32} ;;
  2) printf '%02x' {32..63} ;;
esac; }
counting=$(printf '%02x' {0..31})
zeros=$(printf '00%.0s' {1..32})
ones=$(printf 'ff%.0s' {1..32})
longest_tenant=$(printf 'a%.0s' {1..64})
longest_sector=$(printf 'z9-0%.0s' {1..16})

hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
length_prefixed() { printf '%08x%s' $((${#1} / 2)) "$1"; }

# vector NAME TENANT_ID SECTOR_ID HANDLE KEY_VERSION [GENERATION]
vector() {
  local name=$1 tenant_id=$2 sector_id=$3 handle=$4 version=$5 generation=${6:-0} message escaped hmac tag
  message=$(length_prefixed "$(hex ppid/1)")$(length_prefixed "$(hex "$tenant_id")")
  message+=$(length_prefixed "$(hex "$sector_id")")$(length_prefixed "$handle")
  ((generation == 0)) || message+=$(length_prefixed "$(printf '%08x' "$generation")")
  escaped=$(sed 's/../\\x&/g' <<<"$message")
  hmac="printf '$escaped' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(key "$version") -binary"
  tag=$(bash -c "$hmac" | od -An -v -tx1 | tr -d ' \n')
  local origin="$hmac | openssl base64 -A | tr '+/' '-_' | tr -d '='"
  printf '%s    {\n' "$separator"
  separator=$',\n'
  printf '      "%s": "%s",\n' name "$name" tenant_id "$tenant_id" sector_id "$sector_id" handle "$handle"
  printf '      "%s": %s,\n' key_version "$version" generation "$generation"
  printf '      "%s": "%s",\n' message "$message" tag "$tag" ppid "$(bash -c "$origin")"
  printf '      "origin": "%s"\n' "${origin//\\/\\\\}"
  printf '    }'
}
separator=

cat <<JSON
{
  "origin": "tests/vectors/make_ppid_vectors.sh: every ppid is what the openssl command in its own origin prints in bash",
  "encoding": "handle, message, tag and keys in hexadecimal",
  "keys": {"1": "$(key 1)", "2": "$(key 2)"},
  "vectors": [
JSON
vector ordinary aoba library "$counting" 1
vector other-sector aoba childcare "$counting" 1
vector other-tenant midori library "$counting" 1
vector handle-of-zeros aoba library "$zeros" 1
vector handle-of-ones aoba library "$ones" 1
vector second-key aoba library "$counting" 2
vector first-generation aoba library "$counting" 1 1
vector last-generation aoba library "$counting" 1 4294967295
vector second-key-first-generation aoba library "$counting" 2 1
vector border-a-bc a bc "$counting" 1
vector border-ab-c ab c "$counting" 1
vector hyphens-only - --- "$counting" 1
vector longest-ids "$longest_tenant" "$longest_sector" "$counting" 1
printf '\n  ]\n}\n'
