/** Manual pages: one for each command tree and one for each of its commands, path to text. */
export function manualPages(trees, { version, date }) {
  const day = new Date(date * 1000).toISOString().slice(0, 10);
  const title = (name) => `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 ${day} "nox ${version}" "nox"\n`;
  const pages = trees.flatMap((tree) => [
    [tree.bin, title(tree.bin) + rootPage(tree)],
    ...tree.commands.map((command) => [`${tree.bin}-${command.name}`, title(`${tree.bin}-${command.name}`) + commandPage(tree, command)]),
  ]);
  return Object.fromEntries(pages.map(([name, text]) => [`share/man/man1/${name}.1`, text]));
}

/** Text as roff takes it: no escapes, no requests. */
const plain = (text) => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll(/^(?=[.'])/gm, '\\&');
const section = (heading, body) => `.SH ${heading}\n${body.trimEnd()}\n`;
const name = (bin, summary) => section('NAME', `${plain(bin)} \\- ${plain(summary)}`);
const item = (term, text) => `.TP\n${term}\n${plain(text)}\n`;

function rootPage({ bin, summary, commands }) {
  return name(bin, summary)
    + section('SYNOPSIS', `.B ${plain(bin)}\n.I COMMAND\n[\\fIFLAGS\\fR] [\\fIARGUMENTS\\fR]`)
    + section('COMMANDS', commands.map((command) => item(`.BR ${plain(`${bin}-${command.name}`)} (1)`, command.summary)).join(''))
    + section('SEE ALSO', '.BR nox\\-store (1),\n.BR nox\\-profile (1)');
}

function commandPage({ bin }, { name: verb, summary, description, examples, args, flags }) {
  const usage = args.map(({ name: arg, required, multiple }) => `${required ? '' : '['}\\fI${plain(arg.toUpperCase())}\\fR${required ? '' : ']'}${multiple ? '...' : ''}`).join(' ');
  return name(`${bin}-${verb}`, summary)
    + section('SYNOPSIS', `.B ${plain(`${bin} ${verb}`)}\n[\\fIFLAGS\\fR] ${usage}`)
    + (description === '' ? '' : section('DESCRIPTION', description.split('\n').map((line) => `.PP\n${plain(line)}`).join('\n')))
    + (args.length === 0 ? '' : section('ARGUMENTS', args.map((arg) => item(`.I ${plain(arg.name.toUpperCase())}`, arg.summary)).join('')))
    + section('FLAGS', flags.map((flag) => item(termOf(flag), flag.summary + (flag.options.length === 0 ? '' : ` (one of ${flag.options.join(', ')})`))).join(''))
    + (examples.length === 0 ? '' : section('EXAMPLES', examples.map((example) => `.EX\n${plain(example)}\n.EE`).join('\n')))
    + section('SEE ALSO', `.BR ${plain(bin)} (1)`);
}

const termOf = ({ name: flag, char, value }) => `\\fB${char === null ? '' : `\\-${char}\\fR, \\fB`}\\-\\-${plain(flag)}\\fR${value === null ? '' : ` \\fI${plain(value)}\\fR`}`;
