import packageJson from '../package.json' with { type: 'json' };

/** The version of nox. */
export const version: string = packageJson.version;
