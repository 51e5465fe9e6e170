import type { ErrorCode, ErrorData, ExitCode } from './error-data.js';
import { describeSeen, failedStep, numbers, orRather, q, repairing, SHOWN, word } from './error-words.js';
import { display } from './fs/bytes.js';

export interface Wording<D> {
  readonly exit: ExitCode;
  message(data: D): string;
  /** An exact command to run, or one sentence that says the way out. */
  hint?(data: D): string | null;
}

/** Code to wording and exit code. A code without wording does not compile. */
export const WORDINGS: { readonly [C in ErrorCode]: Wording<ErrorData[C]> } = {
  usage: {
    exit: 2,
    message: (d) => display(d.problem),
    hint: (d) => (d.command === null ? null : `${d.command} --help`),
  },
  'unknown-command': {
    exit: 2,
    message: (d) => `${q(d.command)} is not a command of ${d.bin}${orRather(d.nearest)}`,
    hint: (d) => `${d.bin} ${d.nearest === null ? '' : `${d.nearest} `}--help`,
  },
  unexpected: {
    exit: 1,
    message: (d) => display(d.message),
    hint: () => 'this is a defect of nox: run again with NOX_DEBUG=1 and report what it prints',
  },
  'file-system': { exit: 1, message: failedStep, hint: repairing },
  'not-permitted': { exit: 8, message: failedStep, hint: repairing },
  interrupted: {
    exit: 130,
    message: (d) => `interrupted by ${d.signal}; nothing was changed`,
  },
  damaged: {
    exit: 6,
    message: (d) => `${q(d.path)} is damaged: ${display(d.problem)}`,
    hint: () => 'bring the file back from a backup; packages are not affected',
  },
  'newer-format': {
    exit: 6,
    message: (d) => `${q(d.path)} is a ${d.kind} of format ${d.version}, and this nox reads up to ${d.supported}`,
    hint: () => 'use a newer nox',
  },
  'invalid-identifier': {
    exit: 2,
    message: (d) => `${q(d.identifier)} is not the identifier of a package: ${display(d.problem)}`,
  },
  'invalid-request': {
    exit: 2,
    message: (d) => `${q(d.request)} is not a request for a package: ${display(d.problem)}`,
    hint: () => 'ask for an identifier (root-6.30.02), a name (root), or a name with a range ("root@^6.28")',
  },
  'invalid-range': {
    exit: 2,
    message: (d) => `${q(d.range)} is not a range of versions: ${display(d.problem)}`,
    hint: () => 'ranges are written as 6.30, ^6.28, "~6.30.02", ">=6.28 <7" or "6.28 || 6.30"',
  },
  'no-such-package': {
    exit: 3,
    message: (d) =>
      `no package matches ${d.requests.map((r) => q(r.request)).join(', ')}${d.stores.length === 0 ? ': no store is known' : ` in ${d.stores.map(q).join(', ')}`}${orRather(...d.requests.map((r) => r.nearest))}`,
    hint: () => 'nox-store list',
  },
  'package-unusable': {
    exit: 6,
    message: (d) => `the package ${q(d.id)} of ${q(d.store)} cannot be used: ${display(d.problem)}`,
    hint: () => 'have it corrected by the owner of the store, or ask for another package',
  },
  unsatisfiable: {
    exit: 4,
    message: (d) =>
      [
        'no choice of packages satisfies every demand:',
        ...d.clashes.flatMap((clash) => clash.sides.map((side, at) => `  ${at === 0 ? '' : 'against '}${side.map(display).join(' -> ')}`)),
        ...d.candidates.flatMap((seen) => describeSeen(seen)),
      ].join('\n'),
    hint: (d) => (d.pinned.length === 0 ? 'ask for other versions, or delete a package that stands against them' : `nox-profile unpin ${d.pinned.map(word).join(' ')} -p ${word(d.profile)}`),
  },
  'two-of-one-name': {
    exit: 4,
    message: (d) => `a profile holds one package of a name, and ${d.requests.map(q).join(' and ')} are both ${q(d.name)}`,
    hint: () => 'ask for one of them; packages that are to stand side by side need different names',
  },
  'still-needed': {
    exit: 4,
    message: (d) => d.packages.map((p) => `${q(p.id)} is still needed by ${p.neededBy.map(q).join(', ')}`).join('\n'),
    hint: (d) => `nox-profile del ${d.all.map(word).join(' ')} -p ${word(d.profile)}`,
  },
  'resolution-too-hard': {
    exit: 4,
    message: (d) => `no choice of packages was found within ${d.steps} steps: ${display(d.reason)}`,
    hint: () => 'ask for fewer packages at once, or for exact identifiers',
  },
  'invalid-profile-name': {
    exit: 2,
    message: (d) => `${q(d.name)} is not a name for a profile: it starts with a letter, digit or _, and goes on with those and . + -`,
  },
  'no-such-profile': {
    exit: 3,
    message: (d) => `there is no profile ${q(d.name)} in ${q(d.home)}${orRather(d.nearest)}`,
    hint: (d) => `nox-profile new ${word(d.name)}${d.path === null ? '' : ` --path ${word(d.path)}`}`,
  },
  'profile-exists': {
    exit: 4,
    message: (d) => `${q(d.name)} exists already at ${q(d.path)}`,
    hint: (d) => `nox-profile status ${word(d.path)}`,
  },
  'not-a-profile': {
    exit: 6,
    message: (d) => `${q(d.path)} is not a profile of nox: ${display(d.problem)}`,
    hint: () => 'move it out of the way, or take another name',
  },
  'profile-removed': {
    exit: 3,
    message: (d) => `the profile ${q(d.name)} was removed while this command ran`,
    hint: (d) => `nox-profile new ${word(d.name)}`,
  },
  'no-such-generation': {
    exit: 3,
    message: (d) => `the profile ${q(d.profile)} has no generation ${d.generation}; it has ${numbers(d.existing)}`,
    hint: (d) => `nox-profile history ${word(d.profile)}`,
  },
  'no-earlier-generation': {
    exit: 3,
    message: (d) =>
      d.pruned === null
        ? `the profile ${q(d.profile)} has nothing earlier to go back to`
        : `the profile ${q(d.profile)} cannot go back: generation ${d.pruned} was pruned`,
    hint: (d) => {
      const other = d.existing.filter((n) => n !== d.current).at(-1);
      return other === undefined ? `nox-profile history ${word(d.profile)}` : `nox-profile switch ${other} -p ${word(d.profile)}`;
    },
  },
  'not-installed': {
    exit: 3,
    message: (d) => `the profile ${q(d.profile)} has no package ${q(d.request)}${orRather(d.nearest)}`,
    hint: (d) => `nox-profile list ${word(d.profile)}`,
  },
  'package-gone': {
    exit: 3,
    message: (d) => `the package ${q(d.id)} is gone from the store ${q(d.store)}`,
    hint: (d) => (d.profile === null ? 'put it back into the store' : `nox-profile del ${word(d.id)} -p ${word(d.profile)}`),
  },
  'unreadable-package': {
    exit: 8,
    message: (d) => [`the package ${q(d.id)} has directories that cannot be read, so it cannot be linked whole:`, ...d.directories.map((path) => `  ${display(path)}`)].join('\n'),
    hint: () => 'ask the owner of the store for read permission on them',
  },
  collision: {
    exit: 4,
    message: (d) =>
      [
        `${d.collisions.length === 1 ? 'one path is' : `${d.collisions.length} paths are`} brought more than once, so the profile ${q(d.profile)} stays as it is:`,
        ...d.collisions.map((c) => `  ${display(c.path)}: ${[...c.packages.map((p) => `${display(p.id)} (${display(p.store)})`), ...(c.unmanaged ? ['a file of yours in the profile'] : [])].join(', ')}`),
      ].join('\n'),
    hint: (d) => d.resolve,
  },
  busy: {
    exit: 5,
    message: (d) => `other commands kept changing the profile ${q(d.profile)} for ${d.seconds} seconds, so this one gave up and changed nothing`,
    hint: () => 'run it again, or give it longer with --wait SECONDS',
  },
  'release-is-immutable': {
    exit: 8,
    message: (d) => `${q(d.name)} is a release at ${q(d.path)} and never changes`,
    hint: (d) => `nox-profile new my-${word(d.name)} --from ${word(d.profile)}`,
  },
  'unmanaged-files': {
    exit: 4,
    message: (d) => [`the profile ${q(d.profile)} holds the only copy of files that nox did not install, so it stays:`, ...d.paths.map((path) => `  ${display(path)}`)].join('\n'),
    hint: () => 'move them away, or have them deleted too with --discard-unmanaged',
  },
  'no-release-home': {
    exit: 3,
    message: (d) => `no directory for releases is known, so ${q(d.name)} cannot be published`,
    hint: () => 'give one with --releases DIR, NOX_RELEASES or releases: in the configuration',
  },
  'name-registered': {
    exit: 4,
    message: (d) => `the name ${q(d.name)} is that of ${q(d.profile)} already`,
    hint: (d) => d.making === 'registration' ? `nox-profile register ${word(d.path)} --name ${word(d.name)}-2` : `nox-profile new ${word(d.name)}-2${d.making === 'user' ? '' : ` --path ${word(d.path)}`}`,
  },
  'not-registered': {
    exit: 3,
    message: (d) => `no ad-hoc profile is registered as ${q(d.name)} in ${q(d.home)}${orRather(d.nearest)}`,
    hint: () => 'nox-profile list',
  },
  'still-registered': {
    exit: 4,
    message: (d) => `the ad-hoc profile ${q(d.name)} is still at ${q(d.path)}; forgotten, it would keep nothing from being collected`,
    hint: (d) => `nox-profile register --forget ${word(d.name)} --force`,
  },
  'not-a-directory-of-profile': {
    exit: 3,
    message: (d) => `${q(d.directory)} is not a folded directory of the profile ${q(d.profile)}`,
    hint: (d) => `nox-profile status ${word(d.profile)}`,
  },
  'no-owner': {
    exit: 3,
    message: (d) => `no package of the profile ${q(d.profile)} brings ${q(d.what)}`,
    hint: (d) => `nox-profile list ${word(d.profile)}`,
  },
  'invalid-profile-file': {
    exit: 6,
    message: (d) => `profile file ${q(d.path)}: ${d.field === null ? '' : `${q(d.field)}: `}${display(d.problem)}`,
    hint: () => 'correct the file; one that nox wrote comes from: nox-profile export',
  },
  'lock-drift': {
    exit: 4,
    message: (d) =>
      [
        `what there is now is not what ${q(d.path)} says, so nothing is changed:`,
        ...d.differences.map(({ subject, locked, found }) => `  ${display(subject)}: ${display(locked)} in the lock, now ${display(found)}`),
      ].join('\n'),
    hint: () => 'bring back what was locked; or go without --locked, and lock anew with: nox-profile export --lock',
  },
  'invalid-config': {
    exit: 6,
    message: (d) => `configuration ${q(d.path)}: ${d.field === null ? '' : `${q(d.field)}: `}${display(d.problem)}`,
    hint: () => 'correct the file',
  },
  'colon-in-path': {
    exit: 2,
    message: (d) => `${q(d.path)} cannot be used: a path with ":" does not fit into a path variable`,
    hint: () => 'use a directory whose path has no ":"',
  },
  'owner-unknown': {
    exit: 3,
    message: (d) => `${q(d.path)} belongs to no package of the stores`,
    hint: () => 'nox-store list',
  },
  'no-such-file': {
    exit: 3,
    message: (d) => `there is no ${q(d.path)}`,
  },
  'no-known-tree': {
    exit: 6,
    message: (d) => `${q(d.path)} is not a tree of Spack, EasyBuild, conda or Nix`,
    hint: (d) => `nox-store init ${word(d.path)} --dry-run`,
  },
  'adopt-elsewhere': {
    exit: 8,
    message: (d) =>
      d.reason === 'swept'
        ? `the ${d.kind} tree ${q(d.path)} cannot hold a nox-store.yaml, which its own collector would delete`
        : [`the ${d.kind} tree ${q(d.path)} is not yours to write; its owner would make it a store with this nox-store.yaml:`, ...d.file.map((line) => `  ${display(line)}`)].join('\n'),
    hint: (d) => `nox-store init ${word(d.instead)} --adopt ${word(d.path)}`,
  },
  'store-configured': {
    exit: 4,
    message: (d) => `${q(d.path)} exists and says otherwise: ${display(d.problem)}`,
    hint: () => 'edit the file',
  },
  'special-file': {
    exit: 6,
    message: (d) => `the package ${q(d.id)} holds ${q(d.path)}, which is a device, a FIFO or a socket`,
    hint: () => 'remove it: a package consists of files, directories and symlinks',
  },
  'not-importable': {
    exit: 6,
    message: (d) => `cannot import ${q(d.source)}: ${d.entry === null ? '' : `${q(d.entry)}: `}${display(d.problem)}`,
  },
  'package-exists': {
    exit: 4,
    message: (d) => `${q(d.store)} has a package ${q(d.id)} already, and ${q(d.source)} has other content`,
    hint: () => 'give it another identifier with --as ID',
  },
  'program-missing': {
    exit: 8,
    message: (d) => `${display(d.purpose)} needs the program ${q(d.program)}, which is not installed`,
    hint: (d) => `ask for it, or load a module that has it; on Debian it is in the package ${d.debian}`,
  },
  'env-conflict': {
    exit: 4,
    message: (d) =>
      [
        'packages set one variable to different values, so the profile stays as it is:',
        ...d.conflicts.map(({ variable, packages: [a, b], values }) => `  ${display(variable)}: ${q(values[0])} by ${q(a)}, ${q(values[1])} by ${q(b)}`),
      ].join('\n'),
    hint: () => 'leave one of the packages out',
  },
  'invalid-env': {
    exit: 6,
    message: (d) => `${q(d.package)} may not declare the variable ${q(d.variable)}: ${display(d.problem)}`,
    hint: () => 'correct "env" in the metadata of the package',
  },
  'csh-newline': {
    exit: 8,
    message: (d) => `${q(d.variable)} holds a newline, which csh cannot take over from a command`,
    hint: (d) => `use another shell, or leave the variable alone with --omit ${word(d.variable)}`,
  },
  'not-active': {
    exit: 3,
    message: (d) => `${q(d.profile)} is not the profile activated last${d.active === null ? ': none is active' : `: that is ${q(d.active)}`}`,
    hint: (d) => (d.active === null ? null : 'without a name, --deactivate undoes the one activated last'),
  },
  'links-outside': {
    exit: 4,
    message: (d) => {
      const lines = d.links.slice(0, SHOWN).map(({ path, target }) => `  ${display(path)} -> ${display(target)}`);
      const more = d.links.length - lines.length;
      return [`the profile ${q(d.profile)} holds links that lead out of its packages, so it is not packed:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
    },
    hint: (d) => `nox-profile pack ${word(d.profile)} -o ${word(d.output)} --outside keep`,
  },
  'missing-program': {
    exit: 8,
    message: (d) => `the program ${q(d.program)} is needed and not in PATH`,
    hint: (d) => `install it; Debian has it in the package ${d.package}`,
  },
  'pack-failed': {
    exit: 1,
    message: (d) => display(d.problem),
    hint: (d) => d.hint,
  },
  'no-command': {
    exit: 125,
    message: () => 'no command is given; it goes after "--"',
    hint: (d) => `${d.command} --help`,
  },
  'command-not-found': {
    exit: 127,
    message: (d) => `there is no command ${q(d.command)} in the environment of the profile`,
  },
  'command-not-executable': {
    exit: 126,
    message: (d) => `cannot execute ${q(d.command)}: ${display(d.reason)}`,
  },
  'run-failed': {
    exit: 125,
    message: (d) => display(d.problem),
    hint: (d) => d.hint,
  },
  condemned: {
    exit: 5,
    message: (d) => `the package ${q(d.id)} of ${q(d.store)} is being collected as unused, so the profile stays as it is`,
    hint: (d) => `run it again, or give it longer with --wait SECONDS; out of quarantine it comes by: nox-store gc --restore ${word(d.id)}`,
  },
  'not-in-quarantine': {
    exit: 3,
    message: (d) => `not in quarantine in ${d.stores.map(q).join(', ')}: ${d.ids.map(q).join(', ')}${d.quarantined.length === 0 ? '; nothing is' : `; there are ${d.quarantined.slice(0, SHOWN).map(q).join(', ')}`}`,
    hint: () => 'nox-store doctor',
  },
  'not-restored': {
    exit: 4,
    message: (d) => `the package ${q(d.id)} cannot come back to ${q(d.store)}: ${display(d.problem)}`,
    hint: () => 'move what has its name now out of the way',
  },
  'record-not-writable': {
    exit: 8,
    message: (d) => `an older record of your profiles stands beside ${d.stores.map(q).join(', ')} and can be neither replaced nor removed, so collection would trust it; nothing was changed`,
    hint: () => 'ask the owner of the store to let you write your record again',
  },
};
