// The library surface: what the command trees are made of, for programs that embed nox.
export { callerEnvironment, type Context, type Environment, homeOf, type Progress } from './context.js';
export { type ErrorCode, type ErrorData, isNoxError, NoxError } from './errors.js';
export { editProfile } from './ops/edit-profile.js';
export { listPackages } from './ops/list-packages.js';
export { listProfiles } from './ops/list-profiles.js';
export { newProfile } from './ops/new-profile.js';
export { publishRelease } from './ops/publish-release.js';
export { readStores } from './ops/read-stores.js';
export { removeProfile } from './ops/remove-profile.js';
export { showDifference, showHistory } from './ops/show-history.js';
export { switchGeneration } from './ops/switch-generation.js';
export { parseRange, satisfies } from './store/range.js';
export { resolve } from './store/resolve/resolve.js';
export { compareVersions } from './store/version.js';
