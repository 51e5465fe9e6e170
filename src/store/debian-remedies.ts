import type { EnvDeclaration, Remedies } from './package.js';

/** What a Debian package declares beyond its own metadata, as fields of `nox-package.yaml`; both absent for most. */
interface DebianDeclarations {
  readonly env?: Partial<EnvDeclaration>;
  readonly remedies?: Partial<Remedies>;
}

/** GCC finds its parts by GCC_EXEC_PREFIX; headers and libraries of the profile come after what the user names. */
const GCC = (triplet: string): EnvDeclaration => ({
  set: { GCC_EXEC_PREFIX: '${profile}/lib/gcc/' },
  prepend: {},
  append: { CPATH: [`\${profile}/include/${triplet}`, '${profile}/include'], LIBRARY_PATH: [`\${profile}/lib/${triplet}`, '${profile}/lib'] },
});

const RULES: ReadonlyArray<readonly [names: RegExp, declare: (triplet: string) => DebianDeclarations]> = [
  // Python looks for its library from where its program lies.
  [/^python3(?:\.\d+)?-minimal$/, () => ({ remedies: { copy: ['bin/python3*'] } })],
  [/^(?:gcc|g\+\+|cpp|gfortran|gobjc|gdc|gnat)(?:-\d+)?$/, (triplet) => ({ remedies: { wrap: { [`bin/{,${triplet}-}{gcc,g++,cpp,gfortran,cc,c++}{,-[0-9]*}`]: GCC(triplet) } } })],
  // CMake looks for its modules from where its program lies; in Debian these are another package.
  [/^cmake(?:-curses-gui|-qt-gui)?$/, () => ({ remedies: { copy: ['bin/{cmake,ctest,cpack,ccmake,cmake-gui}'] } })],
  // Debian's change to matplotlib names the places of its data and settings.
  [/^python3-matplotlib$/, () => ({
    remedies: {
      rewrite: {
        'lib/python3/dist-packages/matplotlib/__init__.py': Object.fromEntries(
          ['/usr/share/matplotlib/mpl-data', '/etc/matplotlibrc'].map((path) => [`'${path}'`, `__import__('sys').prefix + '${path.replace('/usr', '')}'`]),
        ),
      },
    },
  })],
  // On a Debian system, update-alternatives links these into a directory that is searched.
  [/^libblas3$/, (triplet) => libraries(triplet, 'blas')],
  [/^liblapack3$/, (triplet) => libraries(triplet, 'lapack')],
  ...['pthread', 'openmp', 'serial'].map((kind) => [new RegExp(`^libopenblas0-${kind}$`), (triplet: string) => libraries(triplet, `openblas-${kind}`)] as const),
];

function libraries(triplet: string, directory: string): DebianDeclarations {
  return { env: { prepend: { LD_LIBRARY_PATH: [`\${profile}/lib/${triplet}/${directory}`] } } };
}

const COMPILERS: ReadonlySet<string> = new Set(['/usr/bin/cc', '/usr/bin/c++']);

/** True for a link that update-alternatives would make and build tools look for by name. Of any other it is for the user to choose the package. */
export const isMadeAlternative = (link: string): boolean => COMPILERS.has(link);

/**
 * What a package made from Debian's of that name has to declare for its programs to run from a profile. `triplet` is Debian's name
 * for the directory of the machine's libraries, `x86_64-linux-gnu`.
 */
export function debianDeclarations(name: string, triplet: string): DebianDeclarations {
  return RULES.find(([names]) => names.test(name))?.[1](triplet) ?? {};
}
