import { singleQuoted } from '../../shell-word.js';
import { DEFAULTS, KEEPS_SYSTEM } from '../transition.js';
import { type Baked, bakedVariables, type Pieces, type ReadyInput } from './data.js';

/*
 * For dash, bash, zsh, ksh, mksh, busybox and yash, whatever their options: no unquoted expansion outside of
 * assignments and `case` words, no `set`, no function; commands that aliases may shadow carry a backslash. Lists are
 * taken apart with `${x%%:*}`, since IFS, noglob and zsh's splitting can't be relied on.
 */

/** The script that activates this generation's profile. */
export function activatePosix(input: ReadyInput): string {
  const variables = bakedVariables(input);
  return [
    `# nox: activates a profile in the shell that sources this file; needs nothing but that shell.`,
    head(input),
    CHOOSE_TREE,
    'if [ -n "$_nox_tree" ]; then',
    '  _nox_pin=x',
    '  . "$_nox_tree/.nox/activate.sh"',
    'else',
    '_nox_bottom=0',
    'if [ -n "${_nox_pin-}" ]; then _nox_root=$_nox_trees/$_nox_number; else _nox_root=$_nox_profile; fi',
    ...bake(variables),
    CHOOSE_NAMES,
    DEPTH,
    '_nox_kept=:',
    'if [ "$_nox_depth" = 1 ]; then _nox_one=x; else _nox_one=; fi',
    undo(KEEP),
    APPLY,
    CLEAN,
    'fi',
    '',
  ].join('\n');
}

/** The script that undoes the uppermost layer, whichever profile that is. */
export function deactivatePosix(): string {
  return [
    '# nox: undoes the uppermost active profile in the shell that sources this file; needs nothing but that shell.',
    DEPTH,
    '_nox_names= _nox_one= _nox_bottom=0',
    'if [ "$_nox_depth" -gt 0 ]; then _nox_bottom=$((_nox_depth - 1)); fi',
    undo(''),
    CLEAN,
    '',
  ].join('\n');
}

const pieced = (pieces: Pieces): string => (pieces.length === 0 ? "''" : pieces.map((piece) => (piece === null ? '"$_nox_root"' : singleQuoted(piece))).join(''));

function head({ home, name, generation, generationPath, path }: ReadyInput): string {
  return `_nox_home=${singleQuoted(home)} _nox_name=${singleQuoted(name)} _nox_number=${generation}
_nox_profile=${singleQuoted(path)} _nox_trees=${singleQuoted(generationPath.slice(0, generationPath.lastIndexOf('/')))}
if [ ! -d "$_nox_profile/." ] && [ -z "\${_nox_pin-}" ]; then
  \\echo "nox: there is no profile $_nox_profile; it was moved or removed" >&2
  \\unset -v _nox_home _nox_name _nox_number _nox_profile _nox_trees _nox_pin
  return 1
fi`;
}

export function bake(variables: readonly Baked[]): string[] {
  const lines = variables.map(({ name, set, before, after }) =>
    set !== null ? `_nox_set_${name}=${pieced(set)}` : `_nox_pre_${name}=${pieced(before)} _nox_post_${name}=${pieced(after)}`);
  return [...lines, `_nox_all='${variables.map(({ name }) => name).join(':')}'`];
}

export const DEPTH = `case \${NOX_DEPTH-} in [1-9]|[1-9][0-9]) _nox_depth=$NOX_DEPTH ;; *) _nox_depth=0 ;; esac`;

/**
 * Sets _nox_tree to the pinned generation that the job, or the active layer, asks for; empty when it is this one, unpinned. How old a record is no shell can
 * tell: find does, where there is a record, and without find it counts.
 */
const CHOOSE_TREE = `_nox_tree=
if [ -z "\${_nox_pin-}" ]; then
${DEPTH}
_nox_job= _nox_record=
if [ -n "\${SLURM_JOB_ID-}" ]; then _nox_job="slurm-\${SLURM_CLUSTER_NAME-}-$SLURM_JOB_ID"
elif [ -n "\${PBS_JOBID-}" ]; then _nox_job="pbs-$PBS_JOBID"
elif [ -n "\${_CONDOR_JOB_AD-}" ]; then _nox_job="condor-$_CONDOR_JOB_AD"
elif [ -n "\${LSB_JOBID-}" ]; then
  _nox_job="lsf-$LSB_JOBID"
  case \${LSB_JOBINDEX-} in ''|0) ;; *) _nox_job="$_nox_job.$LSB_JOBINDEX" ;; esac
elif [ -n "\${FLUX_JOB_ID-}" ]; then _nox_job="flux-$FLUX_JOB_ID"
elif [ -n "\${JOB_ID-}" ] && [ -n "\${SGE_ROOT-}" ]; then
  _nox_job="sge-$JOB_ID"
  case \${SGE_TASK_ID-} in ''|undefined) ;; *) _nox_job="$_nox_job.$SGE_TASK_ID" ;; esac
fi
\\eval "_nox_x=\\\${NOX_\${_nox_depth}_SET_NOX_PROFILE-} _nox_top=\\\${NOX_\${_nox_depth}_SET_NOX_GENERATION-} _nox_old=\\\${NOX_\${_nox_depth}_SET_NOX_JOB-}"
if [ "$_nox_x" != "$_nox_profile" ] || [ ! -d "$_nox_trees/$_nox_top/.nox" ]; then _nox_top=; fi
case $_nox_top in ''|*[!0-9]*) _nox_top= _nox_old= ;; esac
if [ -n "$_nox_job" ]; then
  if [ -n "$_nox_top" ] && [ "$_nox_old" = "$_nox_job" ]; then
    _nox_tree=$_nox_trees/$_nox_top
  else
    if [ -n "$_nox_old" ]; then _nox_top=; fi
    if [ -z "$_nox_top" ]; then _nox_top=$_nox_number; fi
    case $_nox_job in condor-*|*[!A-Za-z0-9._+@-]*) ;; *) _nox_record=$_nox_home/.nox/pins/$_nox_job.$_nox_name ;; esac
    if [ -h "$_nox_record" ] && [ -n "$({ \\find "$_nox_record" -prune -mtime +29; } 2>/dev/null)" ]; then \\rm -f "$_nox_record" 2>/dev/null || _nox_record=; fi
    if [ -n "$_nox_record" ]; then
      if [ ! -d "$_nox_record/.nox" ] && \\command -v ln >/dev/null 2>&1; then
        if [ ! -d "$_nox_home/.nox/pins" ]; then \\mkdir "$_nox_home/.nox/pins" 2>/dev/null || : ; fi
        case $_nox_trees in
          "$_nox_home/.nox/profiles/$_nox_name/generations") _nox_x=../profiles/$_nox_name/generations/$_nox_top ;;
          *) _nox_x=$_nox_trees/$_nox_top ;;
        esac
        \\ln -sn "$_nox_x" "$_nox_record" 2>/dev/null || :
      fi
      if [ -d "$_nox_record/.nox" ]; then _nox_tree=$_nox_record; fi
    fi
    if [ -z "$_nox_tree" ]; then _nox_tree=$_nox_trees/$_nox_top; fi
  fi
elif [ -n "$_nox_top" ] && [ -z "$_nox_old" ]; then
  _nox_tree=$_nox_trees/$_nox_top
fi
if [ -n "$_nox_tree" ] && [ ! -f "$_nox_tree/.nox/activate.sh" ]; then _nox_tree= _nox_pin=x; fi
fi`;

/** Sets _nox_names to what this layer changes, and _nox_set_… of nox's own variables. */
export const CHOOSE_NAMES = `_nox_omit=" \${NOX_OMIT-} "
_nox_names=NOX_PROFILE _nox_set_NOX_PROFILE=$_nox_profile
if [ -n "\${_nox_pin-}" ]; then
  _nox_names="$_nox_names:NOX_GENERATION" _nox_set_NOX_GENERATION=$_nox_number
  if [ -n "\${_nox_job-}" ]; then _nox_names="$_nox_names:NOX_JOB" _nox_set_NOX_JOB=$_nox_job; fi
fi
_nox_rest="$_nox_all:"
while [ -n "\${_nox_rest#:}" ]; do
  _nox_v=\${_nox_rest%%:*} _nox_rest=\${_nox_rest#*:}
  case $_nox_omit in *[\\ ,:]"$_nox_v"[\\ ,:]*) ;; *) _nox_names="$_nox_names:$_nox_v" ;; esac
done`;

/** What is not exported counts as unset where the shell tells: zsh has a MANPATH of its own. */
const EXPORTED = `if [ -n "\${ZSH_VERSION-}" ] && [ -n "$_nox_has" ]; then \\eval 'case \${(Pt)_nox_v} in *export*) ;; *) _nox_has= _nox_cur= ;; esac'; fi`;

/** Reads what concerns variable _nox_v of layer _nox_depth. */
const RECALL = `\\eval "_nox_cur=\\\${$_nox_v-} _nox_has=\\\${$_nox_v+x}"
    ${EXPORTED}
    \\eval "_nox_set=\\\${NOX_\${_nox_depth}_SET_$_nox_v-} _nox_is=\\\${NOX_\${_nox_depth}_SET_$_nox_v+x} _nox_was=\\\${NOX_\${_nox_depth}_WAS_$_nox_v-}"
    \\eval "_nox_old=\\\${NOX_\${_nox_depth}_OLD_$_nox_v-} _nox_had=\\\${NOX_\${_nox_depth}_OLD_$_nox_v+x}"
    \\eval "_nox_pre=\\\${NOX_\${_nox_depth}_PRE_$_nox_v-} _nox_post=\\\${NOX_\${_nox_depth}_POST_$_nox_v-}"`;

/** Leaves a variable alone when the layer made the very contribution wanted, and all of it is still there. */
export const KEEP = `    case ":$_nox_names:" in *":$_nox_v:"*) _nox_k=$_nox_one ;; *) _nox_k= ;; esac
    if [ -n "$_nox_k" ]; then
      \\eval "_nox_x=\\\${_nox_set_$_nox_v-} _nox_y=\\\${_nox_set_$_nox_v+x} _nox_p=\\\${_nox_pre_$_nox_v-} _nox_q=\\\${_nox_post_$_nox_v-}"
      if [ -n "$_nox_is" ] && [ -n "$_nox_y" ]; then
        if [ -z "$_nox_has" ] || [ "$_nox_cur" != "$_nox_set" ] || [ "$_nox_set" != "$_nox_x" ]; then _nox_k=; fi
      elif [ -n "$_nox_is$_nox_y" ] || [ "$_nox_p" != "$_nox_pre" ] || [ "$_nox_q" != "$_nox_post" ]; then _nox_k=
      else
        _nox_x="$_nox_pre:$_nox_post" _nox_x=\${_nox_x#:} _nox_x=\${_nox_x%:}:
        while [ -n "$_nox_x" ]; do
          _nox_y=\${_nox_x%%:*} _nox_x=\${_nox_x#*:}
          case ":$_nox_cur:" in *":$_nox_y:"*) ;; *) _nox_k= ;; esac
        done
      fi
      if [ -n "$_nox_k" ]; then _nox_kept="$_nox_kept$_nox_v:"; continue; fi
    fi
`;

const SYSTEM = [...KEEPS_SYSTEM].map((name) => `'${name}'`).join('|');

/** Sets _nox_new to the value of a path variable that had none before. */
const FROM_NOTHING = `case $_nox_v in ${Object.entries(DEFAULTS).map(([name, value]) => `'${name}') _nox_new="$_nox_pre:${value}:$_nox_post" ;;`).join(' ')} *) _nox_new="$_nox_pre:$_nox_post" ;; esac
      _nox_new=\${_nox_new#:} _nox_new=\${_nox_new%:}
      case $_nox_v in ${SYSTEM}) _nox_new="$_nox_new:" ;; esac`;

/** Leaves nothing of a path variable that had no value before and of which only what FROM_NOTHING adds is left. */
const NOTHING_LEFT = `case "$_nox_was/$_nox_v=$_nox_c" in
          /*) ;;
          ${Object.entries(DEFAULTS).map(([name, value]) => `*/'${name}=${value}'`).join('|')}) _nox_c= ;;
          ${[...KEEPS_SYSTEM].map((name) => `*/'${name}='*`).join('|')}) case $_nox_c in *[!:]*) ;; *) _nox_c= ;; esac ;;
        esac`;

/** Undoes the layers from _nox_depth down to above _nox_bottom. */
export const undo = (keep: string): string => `while [ "$_nox_depth" -gt "$_nox_bottom" ]; do
  \\eval "_nox_rest=\\"\\\${NOX_\${_nox_depth}_VARS-}:\\""
  while [ -n "$_nox_rest" ]; do
    _nox_v=\${_nox_rest%%:*} _nox_rest=\${_nox_rest#*:}
    case $_nox_v in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
    ${RECALL}
${keep}    \\unset -v "NOX_\${_nox_depth}_SET_$_nox_v" "NOX_\${_nox_depth}_OLD_$_nox_v" "NOX_\${_nox_depth}_WAS_$_nox_v" "NOX_\${_nox_depth}_PRE_$_nox_v" "NOX_\${_nox_depth}_POST_$_nox_v"
    if [ -z "$_nox_has" ]; then continue; fi
    if [ -n "$_nox_is" ]; then
      if [ "$_nox_cur" != "$_nox_set" ]; then continue; fi
      if [ -z "$_nox_had" ]; then _nox_was=unset; else _nox_was=empty; fi
      _nox_c=$_nox_old
    else
      ${FROM_NOTHING}
      if [ -n "$_nox_was" ] && [ "$_nox_cur" = "$_nox_new" ]; then _nox_c=
      else
        _nox_c=":$_nox_cur:"
        if [ -n "$_nox_pre" ]; then _nox_x="$_nox_pre:"; else _nox_x=; fi
        while [ -n "$_nox_x" ]; do
          _nox_y=\${_nox_x%%:*} _nox_x=\${_nox_x#*:}
          case $_nox_c in *":$_nox_y:"*) _nox_p=\${_nox_c%%":$_nox_y:"*} _nox_q=\${_nox_c#*":$_nox_y:"}; _nox_c="$_nox_p:$_nox_q" ;; esac
        done
        if [ -n "$_nox_post" ]; then _nox_x=":$_nox_post"; else _nox_x=; fi
        while [ -n "$_nox_x" ]; do
          _nox_y=\${_nox_x##*:} _nox_x=\${_nox_x%:*}
          case $_nox_c in *":$_nox_y:"*) _nox_p=\${_nox_c%":$_nox_y:"*} _nox_q=\${_nox_c##*":$_nox_y:"}; _nox_c="$_nox_p:$_nox_q" ;; esac
        done
        _nox_c=\${_nox_c#:} _nox_c=\${_nox_c%:}
        ${NOTHING_LEFT}
      fi
    fi
    if [ -n "$_nox_c" ]; then \\eval "$_nox_v=\\$_nox_c"; \\export "$_nox_v"
    elif [ "$_nox_was" = empty ]; then \\eval "$_nox_v="; \\export "$_nox_v"
    else \\unset -v "$_nox_v"
    fi
  done
  \\unset -v "NOX_\${_nox_depth}_VARS"
  _nox_depth=$((_nox_depth - 1))
  if [ "$_nox_depth" -gt 0 ]; then NOX_DEPTH=$_nox_depth; \\export NOX_DEPTH; else \\unset -v NOX_DEPTH; fi
done`;

/** Lays this profile over the environment as layer 1: what can be undone is recorded before it is done. */
export const APPLY = `NOX_1_VARS=$_nox_names NOX_DEPTH=1
\\export NOX_1_VARS NOX_DEPTH
_nox_rest="$_nox_names:"
while [ -n "$_nox_rest" ]; do
  _nox_v=\${_nox_rest%%:*} _nox_rest=\${_nox_rest#*:}
  case $_nox_kept in *":$_nox_v:"*) continue ;; esac
  \\eval "_nox_cur=\\\${$_nox_v-} _nox_has=\\\${$_nox_v+x}"
  ${EXPORTED}
  \\eval "_nox_set=\\\${_nox_set_$_nox_v-} _nox_is=\\\${_nox_set_$_nox_v+x} _nox_pre=\\\${_nox_pre_$_nox_v-} _nox_post=\\\${_nox_post_$_nox_v-}"
  if [ -n "$_nox_is" ]; then
    if [ -n "$_nox_has" ]; then \\eval "NOX_1_OLD_$_nox_v=\\$_nox_cur"; \\export "NOX_1_OLD_$_nox_v"; fi
    \\eval "NOX_1_SET_$_nox_v=\\$_nox_set"; \\export "NOX_1_SET_$_nox_v"
    _nox_new=$_nox_set
  else
    if [ -n "$_nox_pre" ]; then \\eval "NOX_1_PRE_$_nox_v=\\$_nox_pre"; \\export "NOX_1_PRE_$_nox_v"; fi
    if [ -n "$_nox_post" ]; then \\eval "NOX_1_POST_$_nox_v=\\$_nox_post"; \\export "NOX_1_POST_$_nox_v"; fi
    if [ -z "$_nox_cur" ]; then
      if [ -n "$_nox_has" ]; then _nox_was=empty; else _nox_was=unset; fi
      \\eval "NOX_1_WAS_$_nox_v=\\$_nox_was"; \\export "NOX_1_WAS_$_nox_v"
      ${FROM_NOTHING}
    else
      if [ -n "$_nox_pre" ]; then _nox_new="$_nox_pre:$_nox_cur"; else _nox_new=$_nox_cur; fi
      if [ -n "$_nox_post" ]; then _nox_new="$_nox_new:$_nox_post"; fi
    fi
  fi
  \\eval "$_nox_v=\\$_nox_new"; \\export "$_nox_v"
done
_nox_rest="$_nox_all:"
while [ -n "\${_nox_rest#:}" ]; do
  _nox_v=\${_nox_rest%%:*} _nox_rest=\${_nox_rest#*:}
  \\unset -v "_nox_set_$_nox_v" "_nox_pre_$_nox_v" "_nox_post_$_nox_v"
done`;

export const CLEAN = `\\unset -v _nox_home _nox_name _nox_number _nox_profile _nox_trees _nox_bottom _nox_pin _nox_tree _nox_root _nox_all _nox_job _nox_record _nox_top \\
  _nox_omit _nox_names _nox_set_NOX_PROFILE _nox_set_NOX_GENERATION _nox_set_NOX_JOB _nox_depth _nox_one _nox_kept _nox_rest _nox_v _nox_cur _nox_has \\
  _nox_set _nox_is _nox_was _nox_old _nox_had _nox_pre _nox_post _nox_new _nox_c _nox_k _nox_x _nox_y _nox_p _nox_q`;
