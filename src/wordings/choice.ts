import { display } from '../fs/bytes.js';
import { describeSeen, orRather, q, word, type Wordings } from './words.js';

/** Errors of requests and of the choice of packages. */
export const CHOICE = {
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
    hint: (d) => {
      if (d.pinned.length > 0) return `nox-profile unpin ${d.pinned.map(word).join(' ')} -p ${word(d.profile)}`;
      const isAgainst = d.clashes.some(({ sides }) => sides.length > 1);
      if (isAgainst) return 'ask for other versions, or delete a package that stands against them';
      const absent = d.candidates.filter(({ packages }) => packages.length === 0).map(({ name }) => q(name));
      return absent.length > 0 ? `import ${absent.join(', ')}, too (for a Debian package: the .deb of that name), or name a store that has ${absent.length === 1 ? 'it' : 'them'} with --store` : 'ask for a version that there is, or name a store that has another with --store';
    },
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
} satisfies Partial<Wordings>;
