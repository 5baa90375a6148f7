#!/usr/bin/env bash
# Records what Docker Compose says of the cases beside this script: `expected.json` for each directory of cases/, and checks that
# it refuses every file of refused/. PLIMSOLL_COMPOSE names the binary (the recordings are from 2.26).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
oracle=${PLIMSOLL_COMPOSE:?name the Compose binary}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
ask() { # DIRECTORY ARGUMENT...
  local directory=$1; shift
  local -a variables=()
  [[ -f $directory/variables ]] && mapfile -t variables <"$directory/variables"
  (cd "$directory" && env -i HOME=/nonexistent PATH=/usr/bin "${variables[@]}" "$oracle" "$@" config --format json)
}
for case in "$here"/cases/*/; do
  name=$(basename "$case"); mkdir "$work/$name"; cp -r "$case." "$work/$name"; rm -f "$work/$name/expected.json"
  arguments=(-p case --profile '*')
  if [[ -f $case/files ]]; then while read -r file; do arguments+=(-f "$file"); done <"$case/files"; fi
  ask "$work/$name" "${arguments[@]}" 2>"$work/err" | sed -e "s#$work/$name#/project#g" -e "s#$work/#/#g" >"$work/out" || { echo "$name: $(tail -1 "$work/err")" >&2; continue; }
  cp "$work/out" "$case/expected.json"
done
for file in "$here"/refused/*.yaml; do
  if (cd "$here/refused" && env -i HOME=/nonexistent PATH=/usr/bin "$oracle" -p case --profile '*' -f "$file" config --format json) >/dev/null 2>&1; then
    echo "accepted, though it should be refused: $file" >&2
  fi
done
