import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const hasNix = ['nix-store', 'nix-build'].every((program) => fs.existsSync(`/usr/bin/${program}`));

/** A real Nix store in a sandbox, without a daemon and without a network: outputs of a derivation, a source, a file, `.drv` files. */
function nixStore(box: Sandbox): { readonly store: string; readonly nix: (program: string, ...words: string[]) => string } {
  const store = `${box.root}/nix/store`;
  const env = { PATH: '/usr/bin:/bin', HOME: box.home, NIX_STORE_DIR: store, NIX_STATE_DIR: `${box.root}/nix/var`, NIX_LOG_DIR: `${box.root}/nix/log`, NIX_CONF_DIR: `${box.root}/nix/etc` };
  box.write('nix/etc/nix.conf', 'build-users-group =\nsandbox = false\nsubstitute = false\n');
  fs.mkdirSync(store, { recursive: true });
  const nix = (program: string, ...words: string[]): string => execFileSync(program, words, { env, cwd: box.home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  box.write('home/zlib.nix', `let
  zlib = derivation { name = "zlib-1.3.1"; system = builtins.currentSystem; outputs = ["out" "dev"]; builder = "/bin/sh";
    args = ["-c" "/bin/mkdir -p $out/lib $dev/include $dev/nix-support; echo z > $out/lib/libz.so; echo h > $dev/include/zlib.h; echo $out > $dev/nix-support/propagated-build-inputs"]; };
in derivation { name = "hello-2.12.1"; system = builtins.currentSystem; builder = "/bin/sh";
  args = ["-c" "/bin/mkdir -p $out/bin $out/nix-support; echo \${zlib.dev} > $out/nix-support/propagated-build-inputs; printf '#!/bin/sh\\necho hello\\n' > $out/bin/hello; /bin/chmod +x $out/bin/hello"]; }
`);
  nix('nix-build', 'zlib.nix', '-o', 'result');
  nix('nix-store', '--add', box.write('home/fix.patch', 'patch'));
  return { store, nix };
}

test.skipIf(!hasNix)('a Nix store, made by Nix, works as a store that a directory of the user leads to', () => {
  const box = sandbox();
  const { store, nix } = nixStore(box);
  const before = layout(store);
  expect(Object.keys(before).filter((path) => /^[^/]+\.(drv|patch)$/.test(path)).length).toBeGreaterThan(2);

  const { error } = box.json('nox-store', ['init', '--adopt', store], { status: 8 });
  expect(error).toMatchObject({ code: 'adopt-elsewhere', data: { kind: 'Nix', reason: 'swept' } });
  const mine = `${box.home}/nix-packages`;
  expect(box.json('nox-store', ['init', mine, '--adopt', store])).toMatchObject({ path: mine, patterns: ['nix/*-*'], adopted: { kind: 'nix', tree: store } });
  const [{ packages, writable }] = box.json('nox-store', ['list', '--store', mine]).stores;
  expect(writable).toBe(false);
  expect(packages.map(({ name, version }: { name: string; version: string }) => `${name} ${version}`).sort()).toEqual(['hello 2.12.1', 'zlib 1.3.1', 'zlib-dev 1.3.1']);

  // Both bring `nix-support/propagated-build-inputs`, which is Nix's own and no collision.
  box.json('nox-profile', ['add', 'hello', 'zlib', 'zlib-dev', '--store', mine]);
  expect(box.run('nox-profile', ['run', 'default', '--', 'hello']).stdout).toBe('hello\n');
  expect(fs.existsSync(`${box.profiles}/default/include/zlib.h`)).toBe(true);
  expect(box.json('nox-store', ['gc', '--store', mine, '--settle', '0', '--min-age', '0'])).toMatchObject({ removed: [], doubts: [] });
  expect(layout(store)).toEqual(before);
  // Nix still finds every path as it made it.
  expect(nix('nix-store', '--verify', '--check-contents')).toBe('');
});

test.skipIf(!hasNix)("Nix's own collector deletes what is none of its paths: why a nox-store.yaml does not go there", () => {
  const box = sandbox();
  const { store, nix } = nixStore(box);
  fs.writeFileSync(`${store}/nox-store.yaml`, 'adopted: nix\n');
  nix('nix-store', '--gc');
  expect(fs.existsSync(`${store}/nox-store.yaml`)).toBe(false);
});
