import type { ErrorData } from '../error-data.js';
import { display } from '../fs/bytes.js';
import { ago, numbers, orRather, q, word, type Wordings } from './words.js';

type InUse = ErrorData['profile-in-use']['claims'][number];

const isUncertain = ({ pinnedFor }: InUse): boolean => pinnedFor !== null;

function claimLine({ generation, user, host, job, pinnedFor }: InUse): string {
  const who = `  generation ${generation} by ${display(user)}`;
  if (pinnedFor !== null) return `${who}: job ${display(job ?? '')} was pinned to it ${ago(pinnedFor)}, and whether it still runs cannot be told here`;
  return `${who}, ${job === null ? `on ${display(host ?? 'another machine')}` : `job ${display(job)}`}`;
}

/** Errors of profiles and their generations. */
export const PROFILES = {
  'invalid-profile-name': {
    exit: 2,
    message: (d) => `${q(d.name)} is not a name for a profile: ${d.problem}`,
  },
  'no-such-profile': {
    exit: 3,
    message: (d) => `there is no profile ${q(d.name)} in ${q(d.home)}${d.packageOf === undefined ? orRather(d.nearest) : `; it is a package of the profile ${q(d.packageOf)}`}`,
    hint: (d) => {
      if (d.packageOf !== undefined) return `nox-profile del ${word(d.name)}`;
      if (d.nearest !== null) return `nox-profile list ${word(d.nearest)}`;
      if (d.way === 'forget') return `nox-profile register --forget ${word(d.name)}`;
      return d.way === 'look' ? 'nox-profile list' : `nox-profile new ${word(d.name)}${d.path === null ? '' : ` --path ${word(d.path)}`}`;
    },
  },
  'profile-exists': {
    exit: 4,
    message: (d) => `${q(d.name)} exists already at ${q(d.path)}`,
    hint: (d) => `nox-profile status ${word(d.path)}`,
  },
  'link-gone': {
    exit: 6,
    message: (d) => `the profile ${q(d.profile)} links to ${q(d.link)}, which is gone`,
    hint: (d) => (d.intact === null ? `nox-profile remove ${word(d.profile)}` : `nox-profile switch ${d.intact} -p ${word(d.profile)}`),
  },
  'still-linked': {
    exit: 4,
    message: (d) => `the profile ${q(d.profile)} is shown by ${d.linked.map(q).join(', ')}, which link${d.linked.length === 1 ? 's' : ''} to it, so it stays`,
    hint: () => 'have them show something else first, or remove it all the same with --ignore-links',
  },
  'not-a-profile': {
    exit: 6,
    message: (d) => `${q(d.path)} is not a profile of nox: ${display(d.problem)}`,
    hint: () => 'move it out of the way, or take another name',
  },
  'is-a-pack': {
    exit: 8,
    message: (d) => (d.isActive ? `the pack ${q(d.path)} is active, and a pack is no profile: name one with -p` : `${q(d.path)} is a pack, and no profile`),
    hint: () => 'nox-profile list',
  },
  'profile-removed': {
    exit: 3,
    message: (d) => `the profile ${q(d.name)} was removed while this command ran`,
    hint: (d) => `nox-profile new ${word(d.name)}`,
  },
  'profile-in-use': {
    exit: 5,
    message: (d) => [`the profile ${q(d.profile)} ${d.claims.every(isUncertain) ? 'may be' : 'is'} in use and stays:`, ...d.claims.map(claimLine)].join('\n'),
    hint: (d) => (d.claims.every(isUncertain) ? 'if no such job runs any longer, remove it all the same with --ignore-leases' : 'wait until that has ended, or remove it all the same with --ignore-leases'),
  },
  'no-such-generation': {
    exit: 3,
    message: (d) => `the profile ${q(d.profile)} has no generation ${d.generation}${d.existing.length === 0 ? '' : `; it has ${numbers(d.existing)}`}`,
    hint: (d) => `nox-profile history ${word(d.profile)}`,
  },
  'journal-lost': {
    exit: 6,
    message: (d) => `the journal of the profile ${q(d.profile)} is damaged: ${display(d.problem)}`,
    hint: (d) => `bring ${q(d.path)} back from a backup, or have it made anew: nox-profile doctor ${word(d.profile)} --repair`,
  },
  'generation-damaged': {
    exit: 6,
    message: (d) => `generation ${d.generation} of the profile ${q(d.profile)} is damaged: ${q(d.path)}: ${display(d.problem)}`,
    hint: (d) => `${d.intact === null ? '' : `show another one: nox-profile switch ${d.intact} -p ${word(d.profile)}; or `}bring the file back from a backup; packages are not affected`,
  },
  'unmanaged-unknown': {
    exit: 6,
    message: (d) => `whether files of your own are in generation ${d.generation} of the profile ${q(d.profile)} cannot be told: ${q(d.path)} is damaged: ${display(d.problem)}`,
    hint: (d) => `look at ${display(d.tree)}, save what is yours, and say --discard-unmanaged`,
  },
  'no-earlier-generation': {
    exit: 3,
    message: (d) =>
      d.pruned === null
        ? `the profile ${q(d.profile)} has nothing earlier to go back to`
        : `the profile ${q(d.profile)} cannot go back: generation ${d.pruned} was pruned, or is lost`,
    hint: (d) => {
      const other = d.existing.filter((n) => n !== d.current).at(-1);
      return other === undefined ? `nox-profile history ${word(d.profile)}` : `nox-profile switch ${other} -p ${word(d.profile)}`;
    },
  },
  'not-installed': {
    exit: 3,
    message: (d) => `the profile ${q(d.profile)} has ${d.has === undefined ? '' : `${q(d.has)}, and `}no package ${q(d.request)}${orRather(d.nearest)}`,
    hint: (d) => (d.add === true ? `nox-profile add ${word(d.request)} -p ${word(d.profile)}` : `nox-profile list ${word(d.profile)}`),
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
    hint: (d) => (d.way === 'withdraw' ? `whoever published it may withdraw it: nox-profile remove ${word(d.profile)} --release` : `nox-profile new my-${word(d.name)} --from ${word(d.profile)}`),
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
    message: (d) => `${q(d.directory)} is not a directory of the profile ${q(d.profile)}`,
    hint: (d) => `nox-profile status ${word(d.profile)}`,
  },
  'no-owner': {
    exit: 3,
    message: (d) => (d.unmanaged === null ? `no package of the profile ${q(d.profile)} brings ${q(d.what)}` : `${q(d.unmanaged)} is no package's in the profile ${q(d.profile)}: nox did not install it`),
    hint: (d) => `nox-profile ${d.unmanaged === null ? 'list' : 'status'} ${word(d.profile)}`,
  },
  'invalid-profile-file': {
    exit: 6,
    message: (d) => `profile file ${q(d.path)}: ${d.field === null ? '' : `${q(d.field)}: `}${display(d.problem)}`,
    hint: (d) => {
      if (d.lockOf === undefined) return 'correct the file; one that nox wrote comes from: nox-profile export';
      return d.lockOf === null ? 'bring the profile file that it was written for beside it, and name that with --locked' : `name ${q(d.lockOf)} instead, with --locked`;
    },
  },
  'lock-drift': {
    exit: 4,
    message: (d) =>
      [
        `what there is now is not what ${q(d.path)} says, so nothing is changed:`,
        ...d.differences.map(({ subject, locked, found }) => `  ${display(subject)}: ${display(locked)} in the lock, now ${display(found)}`),
      ].join('\n'),
    hint: (d) => `bring back what was locked; or go without --locked, and lock anew with: nox-profile export ${word(d.profile)} --lock > ${word(d.path)}`,
  },
} satisfies Partial<Wordings>;
