import { NoxError } from '../errors.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Families of names by which shells and nox itself are steered. */
const RESERVED_FAMILIES = /^(?:NOX_|_nox_|BASH|ZSH|KSH|FISH|fish_|PS\d|RPS\d|SPROMPT|PROMPT|RPROMPT|HIST|COMP_|__proto__)|_functions$/;

/** Names that belong to the shell, the session or the user; the lower-case ones are special in zsh, csh or fish. */
const RESERVED = new Set([
  'IFS', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'ENV', 'ZDOTDIR', 'SHELLOPTS', 'PWD', 'OLDPWD', 'TERM', 'UID', 'EUID', 'GID', 'EGID', 'PPID', 'GROUPS',
  'SHLVL', 'RANDOM', 'SECONDS', 'LINENO', 'OPTIND', 'OPTARG', 'OPTERR', 'FUNCNAME', 'DIRSTACK', 'PIPESTATUS', 'POSIXLY_CORRECT', 'FPATH', 'CDPATH',
  'TTY', 'MAIL', 'MAILPATH', 'MAILCHECK', 'FCEDIT', 'STATUS', 'USERNAME', '_', 'TMOUT', 'LINES', 'COLUMNS', 'LISTMAX', 'ERRNO', 'ARGC', 'TTYIDLE',
  'EXECIGNORE', 'GLOBIGNORE', 'FIGNORE', 'GLOBSORT', 'FUNCNEST', 'NULLCMD', 'READNULLCMD', 'TIMEFMT', 'WORDCHARS', 'KEYTIMEOUT',
  'path', 'fpath', 'cdpath', 'manpath', 'mailpath', 'module_path', 'status', 'pipestatus', 'argv', 'prompt', 'prompt2', 'prompt3', 'signals', 'watch',
  'psvar', 'options', 'functions', 'aliases', 'commands', 'parameters', 'history', 'home', 'user', 'term', 'shell', 'cwd', 'owd', 'version', 'umask',
  'zsh_eval_context', 'status_generation', 'dirstack', 'funcstack', 'jobstates', 'jobtexts', 'nameddirs', 'usergroups', 'widgets',
  'histchars', 'hostname', 'group', 'uid', 'gid', 'tty', 'shlvl', 'noglob', 'noclobber', 'precmd', 'cwdcmd', 'postcmd',
  // By these nox, too, knows that it runs in a batch job.
  'SLURM_JOB_ID', 'PBS_JOBID', '_CONDOR_JOB_AD', 'LSB_JOBID', 'FLUX_JOB_ID', 'JOB_ID',
]);

/** @throws `invalid-env` when no package may declare this variable. */
export function checkVariable(id: string, variable: string): void {
  const refuse = (problem: string): NoxError => new NoxError('invalid-env', { package: id, variable, problem });
  if (!NAME.test(variable)) throw refuse('it is not a name that every shell takes');
  if (RESERVED_FAMILIES.test(variable) || RESERVED.has(variable)) throw refuse('it belongs to the shell, the session or nox');
}

/** @throws `invalid-env` when an environment cannot hold this text. */
export function checkText(id: string, variable: string, text: string): void {
  if (text.includes('\0')) throw new NoxError('invalid-env', { package: id, variable, problem: 'its value holds a NUL byte' });
}
