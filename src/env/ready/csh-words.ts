/*
 * For tcsh. A value is always read as `$name:q`, which keeps it one word whatever it holds, and dynamic names go
 * through `eval '…'`. A path value is taken apart by modifiers: each element gets a leading `=`, so that none is empty,
 * and its blanks become \001 and \002 until it is put together again. `!~`, `(!` and quotes around values are avoided:
 * history and globs work inside of them.
 */

/** Modifiers that take a path value, which has a `=` before it, apart. */
export const ENCODE = ":as/ /\x01/:as/\t/\x02/:as/:/ =/:x";
/** Modifiers that put its elements, each with its `=` and a `:` before it, together again. */
export const DECODE = ":as/\x01/ /:as/\x02/\t/:as/:=/:/:s/://:q";

/** Sets _nox_depth to the number of active layers. */
export const DEPTH = `set _nox_depth = 0
if ($?NOX_DEPTH) then
  if (x$NOX_DEPTH:q =~ x[1-9] || x$NOX_DEPTH:q =~ x[1-9][0-9]) set _nox_depth = $NOX_DEPTH
endif`;

/** `set variable = value of the variable named by these words, or nothing`. */
export const recall = (variable: string, name: string): string => `set ${variable} = ""
eval 'set _nox_e = $?'${name}
if ($_nox_e) eval 'set ${variable} = $'${name}':q'`;
