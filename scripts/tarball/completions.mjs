/** Completions of commands and flags for bash, zsh and fish, path to text. */
export function completions(trees) {
  return Object.fromEntries(trees.flatMap((tree) => [
    [`share/bash-completion/completions/${tree.bin}`, forBash(tree)],
    [`share/zsh/site-functions/_${tree.bin}`, forZsh(tree)],
    [`share/fish/vendor_completions.d/${tree.bin}.fish`, forFish(tree)],
  ]));
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const words = ({ name, char }) => [`--${name}`, ...(char === null ? [] : [`-${char}`])];

/** Profiles, where a command takes one, and after -p. */
const takesProfile = ({ args }) => args.some(({ name }) => name === 'name');

function forBash({ bin, commands }) {
  const fn = `_${bin.replaceAll('-', '_')}`;
  const cases = commands.map((command) => `    ${command.name}) flags=${quote(command.flags.flatMap(words).join(' '))} profiles=${takesProfile(command) ? 1 : ''} ;;`);
  const options = new Map(commands.flatMap(({ flags }) => flags.filter(({ options: of }) => of.length > 0).map((flag) => [`--${flag.name}`, flag.options])));
  return `# bash completion of ${bin}
${fn}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} word command= flags= profiles= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in -p | --profile | --profiles | --store) ((at++)) ;; -*) ;; *) command=$word; break ;; esac
  done
  case $command in
    '') flags=${quote(commands.map(({ name }) => name).join(' '))} ;;
${cases.join('\n')}
  esac
  case $previous in
    -p | --profile) flags= profiles=1 ;;
    --profiles | --store) COMPREPLY=($(compgen -d -- "$current")); return ;;
${[...options].map(([flag, of]) => `    ${flag}) flags=${quote(of.join(' '))} profiles= ;;`).join('\n')}
  esac
  [ -z "$profiles" ] || [[ $current == -* ]] || flags="$flags $(cd -- "\${NOX_PROFILES:-$HOME/nix/profiles}" 2>/dev/null && compgen -f)"
  COMPREPLY=($(compgen -W "$flags" -- "$current"))
}
complete -F ${fn} ${bin}
`;
}

function forZsh({ bin, commands }) {
  const escape = (text) => text.replaceAll(/[\\:[\]]/g, '\\$&');
  const spec = ({ name, char, summary, value, multiple, options }) => {
    const action = value === null ? '' : `:${value}:${options.length > 0 ? `(${options.join(' ')})` : name === 'profile' ? '_nox_profiles' : /^(?:store|profiles|path)$/.test(name) ? '_files -/' : ''}`;
    const one = (word) => quote(`${multiple ? '*' : ''}${word}[${escape(summary)}]${action}`);
    return [`--${name}`, ...(char === null ? [] : [`-${char}`])].map(one).join(' ');
  };
  const cases = commands.map((command) => `    ${command.name}) _arguments ${command.flags.map(spec).join(' ')} '*:argument:${takesProfile(command) ? '_nox_profiles' : '_files'}' ;;`);
  return `#compdef ${bin}
_nox_profiles() {
  local -a names
  names=(\${NOX_PROFILES:-$HOME/nix/profiles}/*(N:t))
  compadd -a names
}
local -a commands
commands=(${commands.map(({ name, summary }) => quote(`${escape(name)}:${summary}`)).join(' ')})
if ((CURRENT == 2)); then
  _describe command commands
else
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
fi
`;
}

function forFish({ bin, commands }) {
  const lines = commands.flatMap(({ name, summary, flags, ...command }) => [
    `complete -c ${bin} -n __fish_use_subcommand -f -a ${name} -d ${quoteFish(summary)}`,
    ...flags.map((flag) => `complete -c ${bin} -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${flag.char === null ? '' : ` -s ${flag.char}`}${flag.value === null ? '' : ' -r'}${flag.options.length > 0 ? ` -f -a ${quoteFish(flag.options.join(' '))}` : flag.name === 'profile' ? " -f -a '(__nox_profiles)'" : ''} -d ${quoteFish(flag.summary)}`),
    ...(takesProfile(command) ? [`complete -c ${bin} -n '__fish_seen_subcommand_from ${name}' -f -a '(__nox_profiles)'`] : []),
  ]);
  return `function __nox_profiles
    set -l home $HOME/nix/profiles
    set -q NOX_PROFILES; and set home $NOX_PROFILES
    command ls -- $home 2>/dev/null
end
${lines.join('\n')}
`;
}

const quoteFish = (text) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
