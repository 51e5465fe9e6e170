import { arch } from 'node:os';

/** Debian's name for the directory of this machine's libraries. */
export const TRIPLET = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu', ppc64: 'powerpc64le-linux-gnu', riscv64: 'riscv64-linux-gnu' }[arch()] ?? `${arch()}-linux-gnu`;

/** What the maintainer scripts do with update-alternatives: for a package, each link with its target. */
export const ALTERNATIVES: Readonly<Record<string, ReadonlyArray<readonly [link: string, target: string]>>> = {
  gcc: [['bin/cc', 'bin/gcc']],
  'g++': [['bin/c++', 'bin/g++']],
  'xz-utils': ['lzma:xz', 'unlzma:unxz', 'lzcat:xzcat', 'lzless:xzless', 'lzmore:xzmore', 'lzgrep:xzgrep', 'lzdiff:xzdiff', 'lzcmp:xzcmp'].flatMap((pair) => {
    const [link, target] = pair.split(':') as [string, string];
    return [[`bin/${link}`, `bin/${target}`], [`share/man/man1/${link}.1.gz`, `share/man/man1/${target}.1.gz`]] as const;
  }),
};
