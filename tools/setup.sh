#!/usr/bin/env bash
# Installs what packages.txt and the npm lock files list and this machine lacks; silent and quick
# when nothing is missing.
# Why: one command must take a fresh Debian 12 to a first verdict.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
while read -r package unless command _; do
  [[ -z $package || $package == \#* ]] && continue
  [[ ${unless:-} == unless ]] && command -v "$command" >/dev/null && continue
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done <packages.txt
log=$(mktemp)
trap 'rm -f "$log"' EXIT
fail() {
  cat "$log" >&2
  exit 1
}

if ((${#missing[@]} > 0)); then
  echo "setup: installing ${missing[*]}" >&2
  as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || {
      echo "setup: run as root: apt-get install ${missing[*]}" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1
  }
  # The package lists may be missing (containers) or too old: refresh them once, then try again.
  install || { "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 && install; } || fail
fi

# uPlot for the report and playwright-core for the test that opens it, as locked.
for folder in reports/formats/web tests/browser; do
  [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && continue
  echo "setup: npm ci in $folder" >&2
  npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || fail
  touch "$folder/node_modules/.package-lock.json"
done
