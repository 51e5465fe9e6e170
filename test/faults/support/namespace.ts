import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../support/cli.js';
import { type Patches, patching } from './planted.js';

interface NamespaceOptions {
  /** A directory for the worker's program. */
  readonly into: string;
  readonly patches?: Patches;
  /** As a user without privileges, in a user namespace. */
  readonly unprivileged?: boolean;
  /** As a machine of its own: with its own host name and process numbers. */
  readonly host?: string;
}

/**
 * Runs a worker of this directory in a mount namespace of its own, so that its mounts are seen by nobody else and end with it, however it
 * ends. The worker gets the settings as its first argument and prints its answer as JSON.
 */
export async function inNamespace<T>(worker: string, settings: object, options: NamespaceOptions): Promise<T> {
  const outfile = path.join(options.into, `${worker}.mjs`);
  const js = "import{createRequire as _cr}from'node:module';const require=_cr(import.meta.url);";
  await build({
    entryPoints: [path.join(import.meta.dirname, `${worker}.ts`)], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', banner: { js },
    plugins: [patching(options.patches ?? {})], logLevel: 'warning',
  });
  const own = ['unshare', '-m', '--propagation', 'private', '--kill-child'];
  const alone = options.host === undefined ? [] : ['-p', '-u', '--mount-proc', '--', 'sh', '-c', 'hostname "$0" && exec "$@"', options.host];
  const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : [];
  const [program, ...words] = options.unprivileged === true ? [...user, ...own, '-Ur'] : [...own, ...alone];
  const child = spawn(program as string, [...words, process.execPath, outfile, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NOX_TEST_ROOT: ROOT },
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`${worker} ended with ${String(status)}: ${out}`);
  return JSON.parse(out) as T;
}

/** True when a shell script succeeds in a mount namespace of its own. */
export function succeedsInNamespace(script: string): boolean {
  try {
    execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', script], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}
