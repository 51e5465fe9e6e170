#!/bin/sh
# Shows nox's main job as a session: stores, a profile with dependencies, an upgrade, a collision and its way out, history,
# a developer's own build before the site's, and a program run from the profile. It works on copies of test/fixtures in a
# temporary directory with a home of its own, and fails at the first step that does not do what it says.
set -eu

if [ "${1-}" != --clean ]; then
  repository=$(cd "$(dirname "$0")/.." && pwd -P)
  NOX_NODE=${NOX_NODE:-$(command -v node)}
  place=$(mktemp -d "${TMPDIR:-/tmp}/nox-demo.XXXXXX")
  trap 'chmod -R u+w "$place" && rm -rf "$place"' EXIT
  mkdir "$place/home" "$place/site"
  env -i HOME="$place/home" SITE="$place/site" FIXTURES="$repository/test/fixtures/stores" NOX_NODE="$NOX_NODE" \
    PATH="$repository/bin:/usr/local/bin:/usr/bin:/bin" LC_ALL=C sh "$repository/scripts/demo.sh" --clean
  exit
fi

cd "$HOME"
out=$(dirname "$HOME")/output

say() { printf '\n# %s\n' "$1"; }

fail() {
  printf 'demo: %s\n' "$1" >&2
  exit 1
}

# refused STATUS COMMAND: prints and runs a command of the session, which must end with that status.
refused() {
  printf '$ %s\n' "$2"
  status=0
  eval "$2" >"$out" 2>&1 || status=$?
  cat "$out"
  [ "$status" -eq "$1" ] || fail "exit status $status instead of $1"
}

run() { refused 0 "$1"; }

# shows TEXT, hides TEXT: what the last command must or must not have printed.
shows() { grep -qF -- "$1" "$out" || fail "the output does not show: $1"; }
hides() { ! grep -qF -- "$1" "$out" || fail "the output must not show: $1"; }

mkdir "$SITE/store"
for package in simulate simulate-1.4.0 eventio-2.0.1 geometry-4.1.0 plotter-3.2.0 viewer-0.9.0; do
  cp -RP "$FIXTURES/central/$package" "$SITE/store/"
done

say 'A store holds packages side by side, each laid out like /usr/local.'
run 'export NOX_STORE_PATH=$SITE/store'
run 'nox-store list'
shows simulate-1.4.0
run 'nox-store show simulate'
shows geometry

say 'A profile composes packages, and all that they depend on, into one tree of links.'
run 'nox-profile new demo'
run 'nox-profile -p demo add simulate'
shows eventio-2.0.1
shows geometry-4.1.0
run 'nox-profile list demo'
run 'readlink ~/nix/profiles/demo/bin/simulate'
shows "$SITE/store/simulate"

say 'One line puts it into the environment of a shell.'
run "sh -c 'eval \$(nox-profile env demo); simulate 2'"
shows 'event 2: 3 hits'

say 'The site installs a second version of a package beside the first: an upgrade takes it.'
run 'cp -RP "$FIXTURES/central/eventio-2.1.0" "$SITE/store/"'
run 'nox-store list'
shows eventio-2.0.1
shows eventio-2.1.0
run 'nox-profile -p demo upgrade'
shows eventio-2.1.0
run "sh -c 'eval \$(nox-profile env demo); simulate 2'"
shows '{"event": 2, "hits": 3}'

say 'Two packages with one path are a collision: refused as a whole, with the command that would resolve it.'
refused 4 'nox-profile -p demo add plotter viewer'
shows bin/event-view
hint=$(sed -n 's/^hint: //p' "$out")
run "$hint"
run 'nox-profile owner -p demo bin/event-view'

say 'Each change was one generation; going back is one too.'
run 'nox-profile history demo'
run 'nox-profile rollback demo'
run 'nox-profile list demo'
hides viewer

say 'A developer puts an own build before the store of the site: it wins there, and nowhere else.'
run 'cp -RP "$FIXTURES/developer" ~/builds'
run 'export NOX_STORE_PATH=~/builds:$SITE/store'
run 'nox-store list'
shows shadowed
run 'nox-profile new mine'
run 'nox-profile -p mine add simulate'
run 'nox-profile list mine'
shows "$HOME/builds"

say 'Programs run from the profiles.'
run 'nox-profile env demo --explain'
shows PATH
run "sh -c 'eval \$(nox-profile env demo); command -v simulate; simulate'"
shows '"hits": 3'
run "sh -c 'eval \$(nox-profile env mine); command -v simulate; simulate; eval \$(nox-profile env --deactivate); command -v simulate || echo gone'"
shows '"hits": 4'
shows gone
printf '\nAll of this happened in a temporary directory, which is removed now.\n'
