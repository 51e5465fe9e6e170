import { DEFAULTS, KEEPS_SYSTEM } from '../transition.js';
import { DECODE, ENCODE, recall } from './csh-words.js';

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

/** Passes over a variable that the new layer would set to what it has, and adds it to _nox_kept. */
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

/** Undoes the layers above _nox_bottom, each variable but those that `keep`, lines run for each, passes over. */
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

/** Makes the first layer: sets each variable of _nox_names that is not in _nox_kept, and records what is needed to undo it. */
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
