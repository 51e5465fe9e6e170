import { APPLY, KEEP, undo } from './csh-layers.js';
import { CHOOSE_TREE } from './csh-pin.js';
import { DEPTH } from './csh-words.js';
import { type Baked, bakedVariables, type Pieces, type ReadyInput } from './data.js';

/** The script that activates this generation's profile. */
export function activateCsh(input: ReadyInput): string {
  const variables = bakedVariables(input);
  const texts = [input.path, input.generationPath, ...variables.flatMap(({ set, before, after }) => [...(set ?? []), ...before, ...after])];
  if (texts.some((text) => text?.includes('\n') === true)) return REFUSAL;
  return `# nox: activates a profile in the tcsh that sources this file; needs nothing but that shell.
${inTcsh(`${head(input)}
if (! -d $_nox_profile:q/. && $?_nox_pin == 0) then
  /bin/sh -c 'echo "nox: there is no profile $0; it was moved or removed" >&2' $_nox_profile:q
  set _nox_failed
else
${CHOOSE_TREE}
if ($_nox_tree:q != "") then
  set _nox_pin = x
  source $_nox_tree:q/.nox/activate.csh
else
if ($?_nox_pin) then
  set _nox_root = $_nox_trees:q/$_nox_number
else
  set _nox_root = $_nox_profile:q
endif
${bake(variables).join('\n')}
${CHOOSE_NAMES}
${DEPTH}
set _nox_bottom = 0
set _nox_kept = ()
@ _nox_one = ($_nox_depth == 1)
${undo(KEEP)}
${APPLY}
endif
endif`)}`;
}

/** The script that undoes the uppermost layer, whichever profile that is. */
export function deactivateCsh(): string {
  return `# nox: undoes the uppermost active profile in the tcsh that sources this file; needs nothing but that shell.
${inTcsh(`${DEPTH}
set _nox_bottom = 0
if ($_nox_depth > 0) @ _nox_bottom = $_nox_depth - 1
${undo('')}`)}`;
}

/** The csh of BSD knows too few modifiers: it says so, and leaves all as it is. */
export const inTcsh = (lines: string): string => `if ($?tcsh == 0) then
/bin/sh -c 'echo "nox: this script is for tcsh, which this csh is not; what nox-profile env prints is for both" >&2'
set _nox_failed
else
${lines}
endif
eval 'unset "_nox_*"; set status = '$?_nox_failed
`;

export const REFUSAL = `/bin/sh -c 'echo "nox: a path of this profile holds a newline, which csh cannot take; use another shell" >&2'
set status = 1
`;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''").replaceAll('!', '\\!')}'`;

const pieced = (pieces: Pieces): string => (pieces.length === 0 ? '""' : pieces.map((piece) => (piece === null ? '$_nox_root:q' : quote(piece))).join(''));

function head({ home, name, generation, generationPath, path }: ReadyInput): string {
  return `set _nox_home = ${quote(home)}
set _nox_name = ${quote(name)}
set _nox_number = ${generation}
set _nox_profile = ${quote(path)}
set _nox_trees = ${quote(generationPath.slice(0, generationPath.lastIndexOf('/')))}`;
}

export function bake(variables: readonly Baked[]): string[] {
  const lines = variables.flatMap(({ name, set, before, after }) =>
    set !== null ? [`set _nox_set_${name} = ${pieced(set)}`] : [`set _nox_pre_${name} = ${pieced(before)}`, `set _nox_post_${name} = ${pieced(after)}`]);
  return [...lines, `set _nox_all = ( ${variables.map(({ name }) => name).join(' ')} )`];
}

/** Sets _nox_names to the variables that are to be set: the profile's own, and those of _nox_all that NOX_OMIT does not name. */
export const CHOOSE_NAMES = `set _nox_names = ( NOX_PROFILE )
set _nox_set_NOX_PROFILE = $_nox_profile:q
if ($?_nox_pin) then
  set _nox_names = ( $_nox_names NOX_GENERATION )
  set _nox_set_NOX_GENERATION = $_nox_number
  if ($?_nox_job == 0) set _nox_job = ""
  if ($_nox_job:q != "") then
    set _nox_names = ( $_nox_names NOX_JOB )
    set _nox_set_NOX_JOB = $_nox_job:q
  endif
endif
set _nox_omit = ()
if ($?NOX_OMIT) then
  set _nox_omit = ( $NOX_OMIT:as/,/ /:as/:/ /:x )
endif
foreach _nox_v ($_nox_all)
  set _nox_k = 1
  foreach _nox_x ($_nox_omit:q)
    if (x$_nox_x:q == x$_nox_v) set _nox_k = 0
  end
  if ($_nox_k) set _nox_names = ( $_nox_names $_nox_v )
end`;
