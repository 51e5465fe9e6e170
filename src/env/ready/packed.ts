/*
 * Ready scripts of a pack: those of a profile, but for the root, which each script finds when it is sourced: it is where the script
 * lies, or the directory above when that is nox's own. bash, zsh, ksh93 and fish tell the path of what they read; of the
 * other shells /proc tells which file they have open. A caller that knows the root gives it in `_nox_at`.
 */
import * as csh from './csh.js';
import { APPLY, KEEP, undo } from './csh-layers.js';
import { DEPTH } from './csh-words.js';
import { bakedVariables, type ReadyInput } from './data.js';
import * as fish from './fish.js';
import * as posix from './posix.js';

type PackedInput = Pick<ReadyInput, 'spec' | 'omit'>;

/** The scripts of a pack: file name to text, in nox's own form of bytes. */
export function packedScripts(input: PackedInput): Readonly<Record<string, string>> {
  return {
    'activate.sh': activatePosix(input),
    'activate.csh': activateCsh(input),
    'activate.fish': activateFish(input),
    'deactivate.sh': posix.deactivatePosix(),
    'deactivate.csh': csh.deactivateCsh(),
    'deactivate.fish': fish.deactivateFish(),
  };
}

const WHAT = '# nox: activates the pack that this file lies in, in the shell that sources it; needs nothing but that shell.';
const UNFOUND = 'nox: cannot tell where this pack lies; set _nox_at to its directory first';
const COLON = 'nox: a pack cannot be activated at a path that holds ":"';

/** The descriptors at which shells keep what they read. */
const HIGHEST = 260;

const FIND_POSIX = `_nox_profile=\${_nox_at-} _nox_x=
if [ -z "$_nox_profile" ]; then
  if [ -n "\${BASH_VERSION-}" ]; then _nox_x=$BASH_SOURCE
  elif [ -n "\${ZSH_VERSION-}" ]; then \\eval '_nox_x=\${(%):-%x}'
  else
    case \${KSH_VERSION-} in *AJM*) \\eval '_nox_x=\${.sh.file}' ;; esac
  fi
  if [ -z "$_nox_x" ] && [ -r /proc/self/stat ]; then
    IFS= \\read -r _nox_y </proc/self/stat
    _nox_y=\${_nox_y%% *} _nox_k=3
    while [ "$_nox_k" -lt ${HIGHEST} ]; do
      _nox_p=/proc/$_nox_y/fd/$_nox_k _nox_k=$((_nox_k + 1))
      if [ ! -f "$_nox_p" ]; then continue; fi
      _nox_q=$(\\readlink "$_nox_p"; \\echo .)
      _nox_q=\${_nox_q%??}
      case $_nox_q in
        */.nox/activate.sh) if [ -f "\${_nox_q%/*}/pack.json" ]; then _nox_x=$_nox_q; fi ;;
        */activate) if [ -f "\${_nox_q%/*}/.nox/pack.json" ]; then _nox_x=$_nox_q; fi ;;
      esac
    done
  fi
  case $_nox_x in '') ;; /*) _nox_x=\${_nox_x%/*}/. ;; */*) _nox_x=./\${_nox_x%/*} ;; *) _nox_x=. ;; esac
  if [ -n "$_nox_x" ] && [ ! -f "$_nox_x/.nox/pack.json" ]; then _nox_x=$_nox_x/..; fi
  if [ -n "$_nox_x" ] && [ -f "$_nox_x/.nox/pack.json" ]; then
    _nox_profile=$(\\cd "$_nox_x" >/dev/null && \\pwd -P; \\echo .)
    _nox_profile=\${_nox_profile%??}
  fi
fi
case $_nox_profile in
  /*:*) _nox_x='${COLON}' ;;
  /*) _nox_x= ;;
  *) _nox_x='${UNFOUND}' ;;
esac
if [ -n "$_nox_x" ]; then
  \\echo "$_nox_x" >&2
  \\unset -v _nox_profile _nox_x _nox_y _nox_k _nox_p _nox_q
  return 1
fi`;

function activatePosix(input: PackedInput): string {
  return [
    WHAT, FIND_POSIX, '_nox_root=$_nox_profile _nox_pin= _nox_bottom=0', ...posix.bake(bakedVariables(input)), posix.CHOOSE_NAMES, posix.DEPTH, '_nox_kept=:',
    'if [ "$_nox_depth" = 1 ]; then _nox_one=x; else _nox_one=; fi', posix.undo(posix.KEEP), posix.APPLY, posix.CLEAN, '',
  ].join('\n');
}

const numbers = (from: number, to: number): string => Array.from({ length: to - from }, (_, at) => from + at).join(' ');

const FIND_CSH = `set _nox_profile = ""
if ($?_nox_at) then
  set _nox_profile = $_nox_at:q
endif
if ($_nox_profile:q == "") then
  foreach _nox_k (${numbers(3, 64)})
    if (! -f /proc/$$/fd/$_nox_k) continue
    set _nox_x = "\`readlink /proc/$$/fd/$_nox_k\`"
    if ($#_nox_x != 1) continue
    if (x$_nox_x:q =~ x*/.nox/activate.csh && -f $_nox_x:h:q/pack.json) set _nox_profile = $_nox_x:h:h:q
    if (x$_nox_x:q =~ x*/activate.csh && -f $_nox_x:h:q/.nox/pack.json) set _nox_profile = $_nox_x:h:q
  end
endif
set _nox_x = ""
if ($_nox_profile:q == "") set _nox_x = '${UNFOUND}'
if (x$_nox_profile:q =~ x*:*) set _nox_x = '${COLON}'
if ($_nox_x:q != "") then
  /bin/sh -c 'echo "$0" >&2' $_nox_x:q
  set _nox_failed
else`;

function activateCsh(input: PackedInput): string {
  const variables = bakedVariables(input);
  if (variables.flatMap(({ set, before, after }) => [...(set ?? []), ...before, ...after]).some((text) => text?.includes('\n') === true)) return csh.REFUSAL;
  return `${WHAT}
${csh.inTcsh(`${FIND_CSH}
set _nox_root = $_nox_profile:q
${csh.bake(variables).join('\n')}
${csh.CHOOSE_NAMES}
${DEPTH}
set _nox_bottom = 0
set _nox_kept = ()
@ _nox_one = ($_nox_depth == 1)
${undo(KEEP)}
${APPLY}
endif`)}`;
}

const FIND_FISH = `if set -q _nox_at
  set _nox_profile $_nox_at
else
  set _nox_x (status dirname | string collect)
  test -f "$_nox_x/.nox/pack.json"; or set _nox_x "$_nox_x/.."
  test -f "$_nox_x/.nox/pack.json"; and set _nox_profile (path resolve -- "$_nox_x" 2>/dev/null; or realpath -- "$_nox_x" | string collect)
end
set _nox_x ''
string match -q '/*' -- "$_nox_profile"; or set _nox_x '${UNFOUND}'
string match -q '*:*' -- "$_nox_profile"; and set _nox_x '${COLON}'
if test -n "$_nox_x"
  echo "$_nox_x" >&2
  return 1
end`;

function activateFish(input: PackedInput): string {
  return `${WHAT}
begin
${fish.LOCALS}
${FIND_FISH}
set _nox_root $_nox_profile
${fish.bake(bakedVariables(input)).join('\n')}
${fish.CHOOSE_NAMES}
${fish.DEPTH}
set _nox_bottom 0
set _nox_kept
test "$_nox_depth" = 1; and set _nox_one 1
${fish.undo(fish.KEEP)}
${fish.APPLY}
end
true
`;
}
