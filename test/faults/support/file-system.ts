import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { succeedsInNamespace } from './namespace.js';

export type Kind = 'ext4' | 'xfs' | 'btrfs';

/** A file system of its own in a file, mounted by a loop device. */
export interface LoopMount {
  readonly kind: Kind;
  /** Where it is mounted; it has no other directory in common with what is beside it. */
  readonly path: string;
  /** Stops all input and output at once, without writing back anything, as a power cut does: nothing works on it any longer. */
  cut(): void;
  /** After a cut: unmounts, replays the journal by mounting again. Returns what a check of the file system found wrong before, or `null`. */
  recover(): string | null;
  /** Unmounts it and removes the image. */
  remove(): void;
}

/** mkfs options: no delay for what is not used. */
const MKFS: Readonly<Record<Kind, readonly string[]>> = {
  ext4: ['-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1'],
  xfs: ['-q', '-f'],
  btrfs: ['-q', '-f'],
};
const SIZE = '320M';

/** FS_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, XFS_FSOP_GOING_FLAGS_NOLOGFLUSH. */
const SHUTDOWN = 'sysopen(my $d, $ARGV[0], 0) or die "open: $!"; my $flags = pack("L", 2); ioctl($d, 0x8004587d, $flags) or die "ioctl: $!";';

/**
 * Makes and mounts a file system below the directory `top`. To be called in a mount namespace of one's own: a copy of the mount in another's
 * would keep the file system alive after a cut.
 */
export function mountImage(kind: Kind, top: string): LoopMount {
  const [image, at] = [`${top}/${kind}.image`, `${top}/${kind}`];
  fs.mkdirSync(at);
  execFileSync('truncate', ['-s', SIZE, image]);
  execFileSync(`mkfs.${kind}`, [...MKFS[kind], image], { stdio: 'pipe' });
  attach(image, at);
  return {
    kind,
    path: at,
    cut: () => void execFileSync('perl', ['-e', SHUTDOWN, at]),
    recover() {
      unmount(at);
      attach(image, at);
      unmount(at);
      const problem = check(kind, image);
      attach(image, at);
      return problem;
    },
    remove() {
      unmount(at);
      fs.rmSync(image);
      fs.rmdirSync(at);
    },
  };
}

const attach = (image: string, at: string): void => void execFileSync('mount', ['-o', 'loop', image, at], { stdio: 'pipe' });

const unmount = (at: string): void => void execFileSync('umount', [at], { stdio: 'pipe' });

/** After the journal was replayed nothing may be wrong. */
function check(kind: Kind, image: string): string | null {
  const done = kind === 'ext4' ? spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' }) : spawnSync('xfs_repair', ['-n', image], { encoding: 'utf8' });
  return done.status === 0 ? null : `${done.stdout}${done.stderr}`;
}

/** Why the tests cannot mount an image of that kind here, and cut its power where that is asked for; `null` when they can. */
export function cannotMount(kind: Kind, options: { readonly cut: boolean }): string | null {
  if (process.getuid?.() !== 0) return 'only root can mount images';
  const top = fs.mkdtempSync('/tmp/nox-probe-');
  try {
    const make = `cd ${top}; mkdir m; truncate -s ${SIZE} i; mkfs.${kind} ${MKFS[kind].join(' ')} i; mount -o loop i m`;
    const cut = options.cut ? `; perl -e '${SHUTDOWN}' m` : '';
    return succeedsInNamespace(`${make}${cut}`) ? null : `this machine refuses to mount ${kind}${options.cut ? ', or to shut it down' : ''}`;
  } finally {
    fs.rmSync(top, { recursive: true, force: true });
  }
}
