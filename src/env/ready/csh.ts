import { DEFAULTS, KEEPS_SYSTEM } from '../transition.js';
import { type Baked, bakedVariables, type Pieces, type ReadyInput } from './data.js';

/*
 * For tcsh. A value is always read as `$name:q`, which keeps it one word whatever it holds, and dynamic names go
 * through `eval '…'`. A path value is taken apart by modifiers: each element gets a leading `=`, so that none is empty,
 * and its blanks become \001 and \002 until it is put together again. `!~`, `(!` and quotes around values are avoided:
 * history and globs work inside of them.
 */

const ENCODE = ":as/ /\x01/:as/\t/\x02/:as/:/ =/:x";
const DECODE = ":as/\x01/ /:as/\x02/\t/:as/:=/:/:s/://:q";

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

export const DEPTH = `set _nox_depth = 0
if ($?NOX_DEPTH) then
  if (x$NOX_DEPTH:q =~ x[1-9] || x$NOX_DEPTH:q =~ x[1-9][0-9]) set _nox_depth = $NOX_DEPTH
endif`;

/** `set variable = value of the variable named by these words, or nothing`. */
const recall = (variable: string, name: string): string => `set ${variable} = ""
eval 'set _nox_e = $?'${name}
if ($_nox_e) eval 'set ${variable} = $'${name}':q'`;

/** Variables of batch systems, each by its temporary name. */
const JOB_VARIABLES = {
  _nox_s: 'SLURM_JOB_ID', _nox_sc: 'SLURM_CLUSTER_NAME', _nox_p: 'PBS_JOBID', _nox_c: '_CONDOR_JOB_AD', _nox_l: 'LSB_JOBID', _nox_li: 'LSB_JOBINDEX',
  _nox_f: 'FLUX_JOB_ID', _nox_j: 'JOB_ID', _nox_r: 'SGE_ROOT', _nox_t: 'SGE_TASK_ID',
};

const CHOOSE_TREE = `set _nox_tree = ""
if ($?_nox_pin == 0) then
${DEPTH}
set _nox_job = ""
set _nox_record = ""
${Object.entries(JOB_VARIABLES).map(([variable, name]) => recall(variable, name)).join('\n')}
if ($_nox_s:q != "") then
  set _nox_job = slurm-$_nox_sc:q-$_nox_s:q
else if ($_nox_p:q != "") then
  set _nox_job = pbs-$_nox_p:q
else if ($_nox_c:q != "") then
  set _nox_job = condor-$_nox_c:q
else if ($_nox_l:q != "") then
  set _nox_job = lsf-$_nox_l:q
  if ($_nox_li:q != "" && $_nox_li:q != 0) set _nox_job = $_nox_job:q.$_nox_li:q
else if ($_nox_f:q != "") then
  set _nox_job = flux-$_nox_f:q
else if ($_nox_j:q != "" && $_nox_r:q != "") then
  set _nox_job = sge-$_nox_j:q
  if ($_nox_t:q != "" && $_nox_t:q != undefined) set _nox_job = $_nox_job:q.$_nox_t:q
endif
${recall('_nox_x', 'NOX_"$_nox_depth"_SET_NOX_PROFILE')}
${recall('_nox_top', 'NOX_"$_nox_depth"_SET_NOX_GENERATION')}
${recall('_nox_old', 'NOX_"$_nox_depth"_SET_NOX_JOB')}
if (x$_nox_top:q =~ x*[^0-9]*) then
  set _nox_top = ""
else if (x$_nox_x:q != x$_nox_profile:q || ! -d $_nox_trees:q/$_nox_top:q/.nox) then
  set _nox_top = ""
endif
if ($_nox_top:q == "") set _nox_old = ""
if ($_nox_job:q != "") then
  if ($_nox_top:q != "" && x$_nox_old:q == x$_nox_job:q) then
    set _nox_tree = $_nox_trees:q/$_nox_top
  else
    if ($_nox_old:q != "") set _nox_top = ""
    if ($_nox_top:q == "") set _nox_top = $_nox_number
    if (x$_nox_job:q =~ xcondor-* || x$_nox_job:q =~ x*[^-A-Za-z0-9._+@]*) then
    else
      set _nox_record = $_nox_home:q/.nox/pins/$_nox_job:q.$_nox_name:q
      if (-l $_nox_record:q) then
        set _nox_x = ( \`find $_nox_record:q -prune -mtime +29 -exec echo x ";"\` )
        if ($#_nox_x > 0) rm -f $_nox_record:q >& /dev/null
        if ($#_nox_x > 0 && -l $_nox_record:q) set _nox_record = ""
      endif
    endif
    if ($_nox_record:q != "") then
      if (! -d $_nox_record:q/.nox) then
        if (! -d $_nox_home:q/.nox/pins) mkdir $_nox_home:q/.nox/pins >& /dev/null
        if (x$_nox_trees:q == x$_nox_home:q/.nox/profiles/$_nox_name:q/generations) then
          set _nox_x = ../profiles/$_nox_name:q/generations/$_nox_top
        else
          set _nox_x = $_nox_trees:q/$_nox_top
        endif
        ln -sn $_nox_x:q $_nox_record:q >& /dev/null
      endif
      if (-d $_nox_record:q/.nox) set _nox_tree = $_nox_record:q
    endif
    if ($_nox_tree:q == "") set _nox_tree = $_nox_trees:q/$_nox_top
  endif
else if ($_nox_top:q != "" && $_nox_old:q == "") then
  set _nox_tree = $_nox_trees:q/$_nox_top
endif
if ($_nox_tree:q != "" && ! -f $_nox_tree:q/.nox/activate.csh) then
  set _nox_tree = ""
  set _nox_pin = x
endif
endif`;

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

/** Reads a variable, and what was recorded for it in layer _nox_depth. */
const RECALL = `    eval 'set _nox_has = $?'$_nox_v
${recall('_nox_cur', '$_nox_v')}
    eval 'set _nox_is = $?NOX_'$_nox_depth'_SET_'$_nox_v
    eval 'set _nox_had = $?NOX_'$_nox_depth'_OLD_'$_nox_v
${(['set', 'old', 'was', 'pre', 'post'] as const).map((kind) => recall(`_nox_${kind}`, `NOX_"$_nox_depth"_${kind.toUpperCase()}_"$_nox_v"`)).join('\n')}`;

/** Reads what is wanted of a variable. */
const WANTED = `    eval 'set _nox_y = $?_nox_set_'$_nox_v
${recall('_nox_x', '_nox_set_"$_nox_v"')}
${recall('_nox_p', '_nox_pre_"$_nox_v"')}
${recall('_nox_q', '_nox_post_"$_nox_v"')}`;

export const KEEP = `    set _nox_k = 0
    if ($_nox_one) then
      foreach _nox_x ($_nox_names)
        if ($_nox_x == $_nox_v) set _nox_k = 1
      end
    endif
    if ($_nox_k) then
${WANTED}
      if ($_nox_is && $_nox_y) then
        if ($_nox_has == 0 || x$_nox_cur:q != x$_nox_set:q || x$_nox_set:q != x$_nox_x:q) set _nox_k = 0
      else if ($_nox_is || $_nox_y || x$_nox_p:q != x$_nox_pre:q || x$_nox_q:q != x$_nox_post:q) then
        set _nox_k = 0
      else
        set _nox_z = "="$_nox_cur:q
        set _nox_l = ( $_nox_z${ENCODE} )
        foreach _nox_z ($_nox_pre:q $_nox_post:q)
          if ($_nox_z:q == "") continue
          set _nox_z = "="$_nox_z:q
          foreach _nox_x ( $_nox_z${ENCODE} )
            set _nox_y = 0
            foreach _nox_z ($_nox_l:q)
              if ($_nox_z:q == $_nox_x:q) set _nox_y = 1
            end
            if ($_nox_y == 0) set _nox_k = 0
          end
        end
      endif
    endif
    if ($_nox_k) then
      set _nox_kept = ( $_nox_kept $_nox_v )
      continue
    endif
`;

const SYSTEM = [...KEEPS_SYSTEM].map((name) => `$_nox_v == ${name}`).join(' || ');

/** Sets _nox_new to the value of a path variable that had none before. */
const FROM_NOTHING = `      set _nox_new = $_nox_pre:q
${Object.entries(DEFAULTS).map(([name, value]) => `      if ($_nox_v == ${name}) then
        if ($_nox_new:q != "") set _nox_new = $_nox_new:q":"
        set _nox_new = $_nox_new:q"${value}"
      endif`).join('\n')}
      if ($_nox_new:q != "" && $_nox_post:q != "") set _nox_new = $_nox_new:q":"
      set _nox_new = $_nox_new:q$_nox_post:q
      if (${SYSTEM}) set _nox_new = $_nox_new:q":"`;

/** Leaves nothing of a path variable that had no value before and of which only what FROM_NOTHING adds is left. */
const NOTHING_LEFT = `        if ($_nox_was:q != "") then
${Object.entries(DEFAULTS).map(([name, value]) => `          if ($_nox_v == ${name} && x$_nox_c:q == x${value}) set _nox_c = ""`).join('\n')}
          if (x$_nox_c:q =~ x*[^:]*) then
          else if (${SYSTEM}) then
            set _nox_c = ""
          endif
        endif`;

/** Marks in _nox_t the element of _nox_l that equals _nox_x: the first, or the last. */
const mark = (from: 'first' | 'last'): string => `          ${from === 'first' ? 'set _nox_i = 1' : 'set _nox_i = $#_nox_l'}
          while ($_nox_i > 0 && $_nox_i <= $#_nox_l)
            if ($_nox_t[$_nox_i] == 0 && $_nox_l[$_nox_i]:q == $_nox_x:q) then
              set _nox_t[$_nox_i] = 1
              break
            endif
            @ _nox_i${from === 'first' ? '++' : '--'}
          end`;

export const undo = (keep: string): string => `while ($_nox_depth > $_nox_bottom)
${recall('_nox_z', 'NOX_"$_nox_depth"_VARS')}
  set _nox_rest = ( $_nox_z:as/:/ /:x )
  foreach _nox_v ($_nox_rest:q)
    if (x$_nox_v:q =~ x[0-9]* || $_nox_v:q =~ *[^A-Za-z0-9_]*) continue
${RECALL}
${keep}    unsetenv NOX_"$_nox_depth"_SET_$_nox_v
    unsetenv NOX_"$_nox_depth"_OLD_$_nox_v
    unsetenv NOX_"$_nox_depth"_WAS_$_nox_v
    unsetenv NOX_"$_nox_depth"_PRE_$_nox_v
    unsetenv NOX_"$_nox_depth"_POST_$_nox_v
    if ($_nox_has == 0) continue
    if ($_nox_is) then
      if (x$_nox_cur:q != x$_nox_set:q) continue
      set _nox_was = unset
      if ($_nox_had) set _nox_was = empty
      set _nox_c = $_nox_old:q
    else
${FROM_NOTHING}
      if ($_nox_was:q != "" && x$_nox_cur:q == x$_nox_new:q) then
        set _nox_c = ""
      else
        set _nox_z = "="$_nox_cur:q
        set _nox_l = ( $_nox_z${ENCODE} )
        set _nox_t = ()
        foreach _nox_x ($_nox_l:q)
          set _nox_t = ( $_nox_t 0 )
        end
        set _nox_z = "="$_nox_pre:q
        if ($_nox_pre:q == "") set _nox_z = ""
        foreach _nox_x ( $_nox_z${ENCODE} )
          if ($_nox_x:q == "") continue
${mark('first')}
        end
        set _nox_z = "="$_nox_post:q
        if ($_nox_post:q == "") set _nox_z = ""
        set _nox_w = ( $_nox_z${ENCODE} )
        set _nox_n = $#_nox_w
        while ($_nox_n > 0)
          set _nox_x = $_nox_w[$_nox_n]:q
          @ _nox_n--
          if ($_nox_x:q == "") continue
${mark('last')}
        end
        set _nox_c = ""
        set _nox_i = 1
        while ($_nox_i <= $#_nox_l)
          if ($_nox_t[$_nox_i] == 0) set _nox_c = $_nox_c:q":"$_nox_l[$_nox_i]:q
          @ _nox_i++
        end
        set _nox_c = $_nox_c${DECODE}
${NOTHING_LEFT}
      endif
    endif
    if ($_nox_c:q != "") then
      setenv $_nox_v $_nox_c:q
    else if ($_nox_was:q == empty) then
      setenv $_nox_v ""
    else
      unsetenv $_nox_v
    endif
  end
  unsetenv NOX_"$_nox_depth"_VARS
  @ _nox_depth--
  if ($_nox_depth > 0) then
    setenv NOX_DEPTH $_nox_depth
  else
    unsetenv NOX_DEPTH
  endif
end`;

export const APPLY = `set _nox_z = "$_nox_names"
setenv NOX_1_VARS $_nox_z:as/ /:/:q
setenv NOX_DEPTH 1
foreach _nox_v ($_nox_names)
  set _nox_k = 0
  foreach _nox_x ($_nox_kept)
    if ($_nox_x == $_nox_v) set _nox_k = 1
  end
  if ($_nox_k) continue
    eval 'set _nox_has = $?'$_nox_v
${recall('_nox_cur', '$_nox_v')}
${WANTED}
  set _nox_pre = $_nox_p:q
  set _nox_post = $_nox_q:q
  if ($_nox_y) then
    if ($_nox_has) setenv NOX_1_OLD_$_nox_v $_nox_cur:q
    setenv NOX_1_SET_$_nox_v $_nox_x:q
    set _nox_new = $_nox_x:q
  else
    if ($_nox_pre:q != "") setenv NOX_1_PRE_$_nox_v $_nox_pre:q
    if ($_nox_post:q != "") setenv NOX_1_POST_$_nox_v $_nox_post:q
    if ($_nox_cur:q == "") then
      set _nox_was = unset
      if ($_nox_has) set _nox_was = empty
      setenv NOX_1_WAS_$_nox_v $_nox_was
${FROM_NOTHING}
    else
      set _nox_new = $_nox_cur:q
      if ($_nox_pre:q != "") set _nox_new = $_nox_pre:q":"$_nox_new:q
      if ($_nox_post:q != "") set _nox_new = $_nox_new:q":"$_nox_post:q
    endif
  endif
  setenv $_nox_v $_nox_new:q
end`;
