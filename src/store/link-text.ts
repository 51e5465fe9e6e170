/** Whether the text of a symlink at a path of a package leads out of that, be it only on its way. */
export function leadsOut(path: string, text: string): boolean {
  if (text.startsWith('/')) return true;
  let depth = path.split('/').length - 1;
  for (const part of text.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
