import { fishWord } from '../encode/fish.js';
import { DEFAULTS, KEEPS_SYSTEM } from '../transition.js';
import { type Baked, bakedVariables, type Pieces, type ReadyInput } from './data.js';

/*
 * Lists are taken apart by variables of kind --path, never by a command substitution, which would split at newlines.
 * All temporary variables are local to the block.
 */

/** The script that activates this generation's profile. */
export function activateFish(input: ReadyInput): string {
  const variables = bakedVariables(input);
  return `# nox: activates a profile in the fish that sources this file; needs nothing but that shell.
begin
${LOCALS}
${head(input)}
if not test -d "$_nox_profile/."; and not set -q _nox_pin
  echo "nox: there is no profile $_nox_profile; it was moved or removed" >&2
  return 1
end
${CHOOSE_TREE}
if test -n "$_nox_tree"
  set -g _nox_pin x
  source "$_nox_tree/.nox/activate.fish"
  set -l _nox_status $status
  set -e _nox_pin
  return $_nox_status
end
set _nox_root $_nox_profile
if set -q _nox_pin
  set _nox_root $_nox_trees/$_nox_number
end
${bake(variables).join('\n')}
${CHOOSE_NAMES}
${DEPTH}
set _nox_bottom 0
set _nox_kept
test "$_nox_depth" = 1; and set _nox_one 1
${undo(KEEP)}
${APPLY}
end
true
`;
}

/** The script that undoes the uppermost layer, whichever profile that is. */
export function deactivateFish(): string {
  return `# nox: undoes the uppermost active profile in the fish that sources this file; needs nothing but that shell.
begin
${LOCALS}
${DEPTH}
set _nox_bottom 0
test $_nox_depth -gt 0; and set _nox_bottom (math $_nox_depth - 1)
${undo('')}
end
true
`;
}

const TEMPORARY = ['home', 'name', 'number', 'profile', 'trees', 'tree', 'root', 'job', 'record', 'top', 'old', 'x', 'y', 'z', 'v', 'i', 'all', 'names', 'omit', 'depth',
  'bottom', 'one', 'kept', 'rest', 'cur', 'has', 'was', 'had', 'pre', 'post', 'set', 'is', 'new', 'keep', 'p', 'q', 's'];
export const LOCALS = `${TEMPORARY.map((name) => `set -l _nox_${name} ''`).join('; ')}
set -l --path _nox_list; set -l --path _nox_elements`;

const pieced = (pieces: Pieces): string => (pieces.length === 0 ? "''" : pieces.map((piece) => (piece === null ? '"$_nox_root"' : fishWord(piece))).join(''));

function head({ home, name, generation, generationPath, path }: ReadyInput): string {
  return `set _nox_home ${fishWord(home)}
set _nox_name ${fishWord(name)}
set _nox_number ${generation}
set _nox_profile ${fishWord(path)}
set _nox_trees ${fishWord(generationPath.slice(0, generationPath.lastIndexOf('/')))}`;
}

export function bake(variables: readonly Baked[]): string[] {
  const lines = variables.map(({ name, set, before, after }) =>
    set !== null ? `set -l _nox_set_${name}_ ${pieced(set)}` : `set -l _nox_pre_${name}_ ${pieced(before)}; set -l _nox_post_${name}_ ${pieced(after)}`);
  return [...lines, `set _nox_all ${variables.map(({ name }) => name).join(' ')}`];
}

export const DEPTH = `set _nox_depth 0
string match -qr '^[1-9][0-9]?$' -- "$NOX_DEPTH"; and set _nox_depth $NOX_DEPTH`;

const CHOOSE_TREE = `set _nox_tree ''
set _nox_job ''
if test -n "$SLURM_JOB_ID"
  set _nox_job "slurm-$SLURM_CLUSTER_NAME-$SLURM_JOB_ID"
else if test -n "$PBS_JOBID"
  set _nox_job "pbs-$PBS_JOBID"
else if test -n "$_CONDOR_JOB_AD"
  set _nox_job "condor-$_CONDOR_JOB_AD"
else if test -n "$LSB_JOBID"
  set _nox_job "lsf-$LSB_JOBID"
  test -n "$LSB_JOBINDEX"; and test "$LSB_JOBINDEX" != 0; and set _nox_job "$_nox_job.$LSB_JOBINDEX"
else if test -n "$FLUX_JOB_ID"
  set _nox_job "flux-$FLUX_JOB_ID"
else if test -n "$JOB_ID"; and test -n "$SGE_ROOT"
  set _nox_job "sge-$JOB_ID"
  test -n "$SGE_TASK_ID"; and test "$SGE_TASK_ID" != undefined; and set _nox_job "$_nox_job.$SGE_TASK_ID"
end
if not set -q _nox_pin
${DEPTH}
  set _nox_x NOX_{$_nox_depth}_SET_NOX_PROFILE
  set _nox_x "$$_nox_x"
  set _nox_top NOX_{$_nox_depth}_SET_NOX_GENERATION
  set _nox_top "$$_nox_top"
  set _nox_old NOX_{$_nox_depth}_SET_NOX_JOB
  set _nox_old "$$_nox_old"
  if not string match -qr '^[0-9]+$' -- "$_nox_top"; or test "$_nox_x" != "$_nox_profile"; or not test -d "$_nox_trees/$_nox_top/.nox"
    set _nox_top ''
    set _nox_old ''
  end
  if test -n "$_nox_job"
    if test -n "$_nox_top"; and test "$_nox_old" = "$_nox_job"
      set _nox_tree $_nox_trees/$_nox_top
    else
      test -n "$_nox_old"; and set _nox_top ''
      test -z "$_nox_top"; and set _nox_top $_nox_number
      set _nox_record ''
      if string match -qr '^[A-Za-z0-9._+@-]+$' -- "$_nox_job"; and not string match -q 'condor-*' -- "$_nox_job"
        set _nox_record $_nox_home/.nox/pins/$_nox_job.$_nox_name
        set _nox_x ''
        test -L "$_nox_record"; and command -sq find; and set _nox_x (command find "$_nox_record" -prune -mtime +29 2>/dev/null | string collect)
        test -n "$_nox_x"; and not command rm -f "$_nox_record" 2>/dev/null; and set _nox_record ''
      end
      if test -n "$_nox_record"
        if not test -d "$_nox_record/.nox"; and command -sq ln
          test -d "$_nox_home/.nox/pins"; or command mkdir "$_nox_home/.nox/pins" 2>/dev/null
          set _nox_x $_nox_trees/$_nox_top
          test "$_nox_trees" = "$_nox_home/.nox/profiles/$_nox_name/generations"; and set _nox_x ../profiles/$_nox_name/generations/$_nox_top
          command ln -sn "$_nox_x" "$_nox_record" 2>/dev/null
        end
        test -d "$_nox_record/.nox"; and set _nox_tree $_nox_record
      end
      test -z "$_nox_tree"; and set _nox_tree $_nox_trees/$_nox_top
    end
  else if test -n "$_nox_top"; and test -z "$_nox_old"
    set _nox_tree $_nox_trees/$_nox_top
  end
  if test -n "$_nox_tree"; and not test -f "$_nox_tree/.nox/activate.fish"
    set _nox_tree $_nox_trees/$_nox_number
  end
end`;

/** Sets `variable` to the value of the variable whose name these words make, empty when there is none. */
const recall = (variable: string, name: string): string => `set _nox_x ${name}; set ${variable} "$$_nox_x"`;

export const CHOOSE_NAMES = `set -l _nox_set_NOX_PROFILE_ $_nox_profile; set -l _nox_set_NOX_GENERATION_ $_nox_number; set -l _nox_set_NOX_JOB_ $_nox_job
set _nox_names NOX_PROFILE
if set -q _nox_pin
  set -a _nox_names NOX_GENERATION
  test -n "$_nox_job"; and set -a _nox_names NOX_JOB
end
set _nox_omit (string split ' ' -- "$NOX_OMIT" | string split , | string split :)
for _nox_v in $_nox_all
  contains -- $_nox_v $_nox_omit; or set -a _nox_names $_nox_v
end`;

/** Reads what is wanted of a variable. */
const WANTED = `set _nox_y ''
    set -q _nox_set_{$_nox_v}_; and set _nox_y 1
    ${recall('_nox_s', '_nox_set_{$_nox_v}_')}
    ${recall('_nox_p', '_nox_pre_{$_nox_v}_')}
    ${recall('_nox_q', '_nox_post_{$_nox_v}_')}`;

export const KEEP = `    set _nox_keep $_nox_one
    contains -- $_nox_v $_nox_names; or set _nox_keep ''
    if test -n "$_nox_keep"
    ${WANTED}
      if test -n "$_nox_is"; and test -n "$_nox_y"
        test -n "$_nox_has"; and test "$_nox_cur" = "$_nox_set"; and test "$_nox_set" = "$_nox_s"; or set _nox_keep ''
      else if test -n "$_nox_is$_nox_y"; or test "$_nox_p" != "$_nox_pre"; or test "$_nox_q" != "$_nox_post"
        set _nox_keep ''
      else
        set _nox_list "$_nox_cur"
        for _nox_z in $_nox_pre $_nox_post
          test -n "$_nox_z"; or continue
          set _nox_elements "$_nox_z"
          for _nox_x in $_nox_elements
            contains -- $_nox_x $_nox_list; or set _nox_keep ''
          end
        end
      end
    end
    if test -n "$_nox_keep"
      set -a _nox_kept $_nox_v
      continue
    end
`;

/** Sets _nox_new to the value of a path variable that had none before. */
const FROM_NOTHING = `set _nox_new ''
      set _nox_x ''
${Object.entries(DEFAULTS).map(([name, value]) => `      test "$_nox_v" = ${name}; and set _nox_x ${value}`).join('\n')}
      for _nox_z in "$_nox_pre" "$_nox_x" "$_nox_post"
        test -n "$_nox_z"; or continue
        test -n "$_nox_new"; and set _nox_new "$_nox_new:"
        set _nox_new "$_nox_new$_nox_z"
      end
      contains -- $_nox_v ${[...KEEPS_SYSTEM].join(' ')}; and set _nox_new "$_nox_new:"`;

/** Leaves nothing of a path variable that had no value before and of which only what FROM_NOTHING adds is left. */
const NOTHING_LEFT = `if test -n "$_nox_was"
          contains -- "$_nox_v=$_nox_new" ${Object.entries(DEFAULTS).map(([name, value]) => `${name}=${value}`).join(' ')}; and set _nox_new ''
          contains -- $_nox_v ${[...KEEPS_SYSTEM].join(' ')}; and string match -qr '^:*$' -- "$_nox_new"; and set _nox_new ''
        end`;

export const undo = (keep: string): string => `while test $_nox_depth -gt $_nox_bottom
  ${recall('_nox_z', 'NOX_{$_nox_depth}_VARS')}
  set _nox_rest (string split : -- "$_nox_z")
  for _nox_v in $_nox_rest
    string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- "$_nox_v"; or continue
    set _nox_has ''; set -q $_nox_v; and set _nox_has 1
    set _nox_cur "$$_nox_v"
    set _nox_is ''; set -q NOX_{$_nox_depth}_SET_$_nox_v; and set _nox_is 1
    set _nox_had ''; set -q NOX_{$_nox_depth}_OLD_$_nox_v; and set _nox_had 1
${(['set', 'old', 'was', 'pre', 'post'] as const).map((kind) => `    ${recall(`_nox_${kind}`, `NOX_{$_nox_depth}_${kind.toUpperCase()}_$_nox_v`)}`).join('\n')}
${keep}    for _nox_x in SET OLD WAS PRE POST
      set -eg NOX_{$_nox_depth}_{$_nox_x}_$_nox_v
    end
    test -n "$_nox_has"; or continue
    if test -n "$_nox_is"
      test "$_nox_cur" = "$_nox_set"; or continue
      set _nox_was unset
      test -n "$_nox_had"; and set _nox_was empty
      set _nox_new "$_nox_old"
    else
      ${FROM_NOTHING}
      if test -n "$_nox_was"; and test "$_nox_cur" = "$_nox_new"
        set _nox_new ''
      else
        set _nox_list "$_nox_cur"
        set _nox_elements "$_nox_pre"
        test -n "$_nox_pre"; or set -e _nox_elements[1]
        for _nox_x in $_nox_elements
          set _nox_i (contains -i -- $_nox_x $_nox_list)
          and set -e _nox_list[$_nox_i]
        end
        set _nox_elements "$_nox_post"
        test -n "$_nox_post"; or set -e _nox_elements[1]
        test (count $_nox_elements) -gt 0; and set _nox_elements $_nox_elements[-1..1]
        for _nox_x in $_nox_elements
          set _nox_z $_nox_list
          test (count $_nox_z) -gt 0; and set _nox_z $_nox_z[-1..1]
          set _nox_i (contains -i -- $_nox_x $_nox_z)
          and set -e _nox_list[-$_nox_i]
        end
        set _nox_new "$_nox_list"
        ${NOTHING_LEFT}
      end
    end
    if test -n "$_nox_new"
      set -gx $_nox_v "$_nox_new"
    else if test "$_nox_was" = empty
      set -gx $_nox_v ''
    else
      set -eg $_nox_v
    end
  end
  set -eg NOX_{$_nox_depth}_VARS
  set _nox_depth (math $_nox_depth - 1)
  if test $_nox_depth -gt 0
    set -gx NOX_DEPTH $_nox_depth
  else
    set -eg NOX_DEPTH
  end
end`;

export const APPLY = `set -gx NOX_1_VARS (string join : -- $_nox_names)
set -gx NOX_DEPTH 1
for _nox_v in $_nox_names
  contains -- $_nox_v $_nox_kept; and continue
  set _nox_has ''; set -q $_nox_v; and set _nox_has 1
  set _nox_cur "$$_nox_v"
    ${WANTED}
  set _nox_pre "$_nox_p"
  set _nox_post "$_nox_q"
  if test -n "$_nox_y"
    test -n "$_nox_has"; and set -gx NOX_1_OLD_$_nox_v "$_nox_cur"
    set -gx NOX_1_SET_$_nox_v "$_nox_s"
    set _nox_new "$_nox_s"
  else
    test -n "$_nox_pre"; and set -gx NOX_1_PRE_$_nox_v "$_nox_pre"
    test -n "$_nox_post"; and set -gx NOX_1_POST_$_nox_v "$_nox_post"
    if test -z "$_nox_cur"
      set _nox_was unset
      test -n "$_nox_has"; and set _nox_was empty
      set -gx NOX_1_WAS_$_nox_v $_nox_was
      ${FROM_NOTHING}
    else
      set _nox_new "$_nox_cur"
      test -n "$_nox_pre"; and set _nox_new "$_nox_pre:$_nox_new"
      test -n "$_nox_post"; and set _nox_new "$_nox_new:$_nox_post"
    end
  end
  set -gx $_nox_v "$_nox_new"
end`;
