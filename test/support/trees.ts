import fs from 'node:fs';
import { makePackage } from './sandbox.js';

/**
 * Trees as Spack, EasyBuild and conda leave them, imitated: none of these can be had without a network. Layout, file names and keys are
 * those of Spack 0.23 and 1.x (spec.json formats 4 and 5), EasyBuild 4 and 5, and conda 23; contents are a line or two.
 */

const HASHES = { zlib: 'nic37xsihlqze3xyg3xd6pthcgqxoy6p', hdf5: 'cyucshxqmd4krmsp7nco25trnybrdbam', old: '5vuqtmvbyjxpsvxe2fsr6mdfhiwbjcxx', glibc: 'ekomtq4xmfpulvvmaxnfrzrfp4nqmuwd' };

interface SpackNode {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly dependencies?: ReadonlyArray<readonly [name: string, hash: string, ...types: string[]]>;
  readonly external?: string;
}

function specJson(format: 4 | 5, nodes: readonly SpackNode[]): string {
  const arch = { platform: 'linux', platform_os: 'rhel9', target: { name: 'zen3', vendor: 'AuthenticAMD', features: ['avx2'], generation: 0, parents: ['zen2'], cpupart: '' } };
  const written = nodes.map(({ name, version, hash, dependencies = [], external }) => ({
    name, version, arch, ...(format === 4 ? { compiler: { name: 'gcc', version: '12.2.0' } } : {}), namespace: 'builtin',
    parameters: { build_system: 'autotools', optimize: true, cflags: [], cppflags: [], cxxflags: [], fflags: [], ldflags: [], ldlibs: [] },
    ...(external === undefined ? {} : { external: { path: external, module: null, extra_attributes: {} } }),
    package_hash: 'rumtxbjuldk4iqhk62mwyzxg6ljvfvcc2f6lhrvzfr2g6cfjoviq====',
    dependencies: dependencies.map(([on, of, ...deptypes]) => ({ name: on, hash: of, parameters: { deptypes, virtuals: [] } })),
    annotations: { original_specfile_version: format, ...(format === 5 ? { compiler: 'gcc@12.2.0' } : {}) },
    hash,
  }));
  return JSON.stringify({ spec: { _meta: { version: format }, nodes: written } });
}

/** A Spack tree: `arch/compiler/name-version-hash` as up to 0.23, or `platform-target/name-version-hash` as since 1.0. */
export function spackTree(root: string, layout: '0.23' | '1.0'): { readonly zlib: string; readonly hdf5: string } {
  const format = layout === '0.23' ? 4 : 5;
  const place = layout === '0.23' ? 'linux-rhel9-zen3/gcc-12.2.0' : 'linux-zen3';
  const zlib: SpackNode = { name: 'zlib', version: '1.3.1', hash: HASHES.zlib, dependencies: [['glibc', HASHES.glibc, 'link']] };
  const old: SpackNode = { name: 'zlib', version: '1.2.13', hash: HASHES.old };
  const glibc: SpackNode = { name: 'glibc', version: '2.34', hash: HASHES.glibc, external: '/usr' };
  const hdf5: SpackNode = { name: 'hdf5', version: '1.14.3', hash: HASHES.hdf5, dependencies: [['zlib', HASHES.old, 'build', 'link'], ['cmake', 'not-installed', 'build'], ['glibc', HASHES.glibc, 'link']] };
  const id = ({ name, version, hash }: SpackNode): string => `${place}/${name}-${version}-${hash}`;
  const add = (node: SpackNode, others: readonly SpackNode[], files: Record<string, string>): void =>
    makePackage(`${root}/${id(node)}`, { files: { ...files, '.spack/spec.json': specJson(format, [node, ...others]), '.spack/spack-build-out.txt': `log of ${node.name}`, '.spack/install_manifest.json': '{}' } });
  add(zlib, [glibc], { 'lib/libz.so.1': 'new' });
  add(old, [glibc], { 'lib/libz.so.1': 'old' });
  add(hdf5, [old, glibc], { 'bin/h5dump': '#!/bin/sh\necho h5dump\n' });
  fs.mkdirSync(`${root}/.spack-db`, { recursive: true });
  fs.writeFileSync(`${root}/.spack-db/index.json`, JSON.stringify({ database: { version: format === 4 ? '7' : '8', installs: {} } }));
  fs.mkdirSync(`${root}/bin`, { recursive: true });
  fs.writeFileSync(`${root}/bin/sbang`, '#!/bin/sh\n');
  return { zlib: id(zlib), hdf5: id(hdf5) };
}

/** An EasyBuild installation: `software/NAME/VERSION[-toolchain][suffix]` with what EasyBuild keeps of each in `easybuild/`. */
export function easybuildTree(root: string): void {
  const add = (name: string, version: string, easyconfig: string, files: Record<string, string> = {}): void => {
    const file = `${name}-${version}.eb`;
    makePackage(`${root}/software/${name}/${version}`, {
      files: {
        ...files, [`easybuild/${file}`]: easyconfig, [`easybuild/reprod/${file}`]: easyconfig, 'easybuild/reprod/easyblocks/configuremake.py': `# ${name}`,
        [`easybuild/easybuild-${name}-${version}.log.bz2`]: 'log', [`easybuild/${name}-${version}-easybuild-devel`]: '#%Module\n',
      },
    });
  };
  const header = (name: string, version: string, toolchain: string): string =>
    `easyblock = 'ConfigureMake'\n\nname = '${name}'\nversion = '${version}'\n\nhomepage = 'https://example.org/${name}'\ndescription = """The library\n ${name}."""\n\ntoolchain = ${toolchain}\n`;
  const gcccore = "{'name': 'GCCcore', 'version': '12.3.0'}";
  add('GCCcore', '12.3.0', header('GCCcore', '12.3.0', 'SYSTEM'), { 'lib64/libstdc++.so.6': 'gcc' });
  add('foss', '2023a', `easyblock = 'Toolchain'\nname = 'foss'\nversion = '2023a'\ntoolchain = SYSTEM\nlocal_gccver = '12.3.0'\n\ndependencies = [\n    ('GCCcore', local_gccver),\n]\n`);
  for (const toolchain of ['12.2.0', '12.3.0']) add('zlib', `1.2.13-GCCcore-${toolchain}`, header('zlib', '1.2.13', gcccore.replace('12.3.0', toolchain)), { 'lib/libz.so.1': toolchain });
  add('Python', '3.11.3-GCCcore-12.3.0', `${header('Python', '3.11.3', gcccore)}\nbuilddependencies = [('UnZip', '6.0')]\n\ndependencies = [\n    ('zlib', '1.2.13'),  # for zlib\n    ('OpenSSL', '1.1', '', SYSTEM),\n]\n\nmoduleclass = 'lang'\n`, { 'bin/python3': '#!/bin/sh\necho python\n' });
  add('h5py', '3.9.0-foss-2023a', `${header('h5py', '3.9.0', "{'name': 'foss', 'version': '2023a'}")}\nversionsuffix = ''\ndependencies = [('Python', '3.11.3'), ('zlib', '1.2.13', '', ('GCCcore', '12.3.0'))]\n`, { 'bin/h5tool': '#!/bin/sh\necho h5py\n' });
  fs.mkdirSync(`${root}/software/.locks`, { recursive: true });
  fs.mkdirSync(`${root}/modules/all/zlib`, { recursive: true });
}

/** A conda `pkgs` cache: unpacked packages, their archives beside them, and the cache of channel indexes. */
export function condaCache(root: string): void {
  const add = (name: string, version: string, build: string, depends: readonly string[], files: Record<string, string>): void => {
    const id = `${name}-${version}-${build}`;
    const index = { arch: 'x86_64', build, build_number: 0, depends, license: 'BSD-3-Clause', name, platform: 'linux', subdir: 'linux-64', timestamp: 1_690_000_000_000, version };
    makePackage(`${root}/${id}`, {
      files: { ...files, 'info/index.json': JSON.stringify(index), 'info/files': Object.keys(files).join('\n'), 'info/paths.json': '{"paths": [], "paths_version": 1}', 'info/about.json': `{"summary": "${name}"}`, 'info/repodata_record.json': JSON.stringify({ ...index, fn: `${id}.conda` }), 'info/licenses/LICENSE.txt': name },
    });
    fs.writeFileSync(`${root}/${id}.conda`, 'an archive');
  };
  add('zlib', '1.2.13', 'hd590300_5', ['libgcc-ng >=12', '__glibc >=2.17,<3.0.a0'], { 'lib/libz.so.1': 'z' });
  add('libgcc-ng', '13.2.0', 'h807b86a_5', ['_libgcc_mutex 0.1 conda_forge'], { 'lib/libgcc_s.so.1': 'gcc' });
  add('_libgcc_mutex', '0.1', 'conda_forge', [], {});
  add('hdf5', '1.14.3', 'nompi_h4f84152_100', ['libgcc-ng >=12', 'zlib >=1.2.13,<1.3.0a0'], { 'bin/h5dump': '#!/bin/sh\necho h5dump\n' });
  fs.mkdirSync(`${root}/cache`);
  fs.writeFileSync(`${root}/cache/497deca9.json`, '{}');
  fs.writeFileSync(`${root}/urls.txt`, '');
}
