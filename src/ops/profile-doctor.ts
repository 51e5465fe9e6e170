import { pathOf, profileHomeOf, releaseHomesOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, orNull } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { status } from '../fs/disk.js';
import { profileLink, profileState } from '../layout.js';
import type { FindingCode, ProfileFinding } from '../profile/io/finding.js';
import { readAdHoc } from '../profile/io/ad-hoc.js';
import { examineHome } from '../profile/io/examine-home.js';
import { examineProfile } from '../profile/io/examine-profile.js';
import type { ProfileRef } from '../profile/io/read-profile.js';
import { parseProfileName } from '../profile/name.js';
import { shellWord } from '../shell-word.js';
import { syncPoint } from '../sync-point.js';
import { openProfile, profileNames, type ProfileSelection, refOfPath } from './find-profile.js';
import { performRepair } from './repair-profile.js';

interface DoctorRequest {
  readonly selection: ProfileSelection;
  /** Set right what can be without losing anything. */
  readonly repair: boolean;
  readonly dryRun: boolean;
}

interface DoctorFinding extends Omit<ProfileFinding, 'repair'> {
  /** True for what `--repair` sets right. */
  readonly repairable: boolean;
  readonly repaired: boolean;
}

export interface DoctorResult {
  /** Absolute paths of the profiles that were looked at. */
  readonly profiles: readonly string[];
  readonly findings: readonly DoctorFinding[];
  /** How many findings of a kind were left out, when there are too many. */
  readonly more: readonly { readonly code: string; readonly count: number }[];
  readonly dryRun: boolean;
}

/** Findings of one kind that are told. */
const MOST = 50;
/** Milliseconds before each further look at what seems amiss. */
const PAUSES = [10, 30, 80];

/** Looks for damage and leftovers in one profile and its home, or without a name in all of the profile home; repairs if told to. */
export async function profileDoctor(context: Context, request: DoctorRequest): Promise<DoctorResult> {
  const refs = profilesOf(context, request.selection);
  const homes = [...new Set([...(isNamed(request.selection) ? [] : [profileHomeOf(context, request.selection)]), ...refs.map(({ home }) => home)])];
  const repairing = (home: string): string => `nox-profile doctor --repair${home === profileHomeOf(context, request.selection) ? '' : ` --profiles ${shellWord(home)}`}`;
  const looks = [...homes.map((home) => () => examineHome({ home, now: context.now(), command: repairing(home) })), ...refs.map((ref) => () => examineProfile(ref, context.now()))];
  const found = (await Promise.all(looks.map((look) => lasting(context, look)))).flat();
  const findings: DoctorFinding[] = [];
  const later: ProfileFinding[] = [];
  const tell = ({ repair, ...finding }: ProfileFinding, repaired: boolean): void => void findings.push({ ...finding, repairable: repair !== null, repaired });
  for (const finding of found) {
    const { repair } = finding;
    const repaired = request.repair && !request.dryRun && repair !== null && (await attempt(context, () => performRepair(context, repair)));
    tell(finding, repaired);
    // Only now can be seen which generation is the current one.
    if (repaired && repair.op === 'restore-entries') later.push(...examineProfile(repair.ref, context.now()));
  }
  for (const finding of later) if (!findings.some((one) => isSameFinding(one, finding))) tell(finding, false);
  return { profiles: refs.map(({ home, name }) => profileLink(home, name)).sort(byName), ...bounded(findings), dryRun: request.dryRun };
}

/** What a package lacks does not come and go while other commands run. */
const STEADY: ReadonlySet<FindingCode> = new Set(['python-elsewhere', 'library-elsewhere', 'foreign-interpreter', 'foreign-prefix']);

/** What every one of several looks finds: what only one of them does is a change of another command's that is under way. */
async function lasting(context: Context, look: () => readonly ProfileFinding[]): Promise<readonly ProfileFinding[]> {
  let found = look();
  for (const pause of PAUSES) {
    if (found.every(({ code }) => STEADY.has(code))) break;
    await new Promise((resolve) => setTimeout(resolve, pause));
    syncPoint(context, 'before-another-look');
    const before = found;
    found = look().filter((finding) => before.some((one) => isSameFinding(one, finding)));
  }
  return found;
}

type Known = Pick<ProfileFinding, 'code' | 'path' | 'message'>;
const isSameFinding = (a: Known, b: Known): boolean => a.code === b.code && a.path === b.path && a.message === b.message;

const isNamed = ({ name, profile }: ProfileSelection): boolean => name !== undefined || profile !== undefined;

function profilesOf(context: Context, selection: ProfileSelection): ProfileRef[] {
  if (isNamed(selection)) return [locate(context, selection)];
  const home = profileHomeOf(context, selection);
  return profileNames(home).sort(byName).flatMap((text) => orNull(() => refIn(home, text)) ?? []);
}

/** Where the profile is, however damaged. @throws `no-such-profile`. */
function locate(context: Context, selection: ProfileSelection): ProfileRef {
  const text = selection.name ?? selection.profile ?? '';
  if (selection.name !== undefined && selection.profile !== undefined) return openProfile(context, selection).ref;
  const candidates = text.includes('/')
    ? [refOfPath(pathOf(context, text))]
    : [profileHomeOf(context, selection), ...releaseHomesOf(context)].flatMap((home) => refIn(home, text) ?? []);
  return candidates.find(isThere) ?? openProfile(context, selection).ref;
}

const isThere = ({ home, name }: ProfileRef): boolean => status(profileState(home, name)) !== null;

/** The profile of that name in a home, or the one registered there; `null` when there is none. */
function refIn(home: string, text: string): ProfileRef | null {
  const name = parseProfileName(text);
  if (isThere({ home, name })) return { home, name };
  const record = readAdHoc(home, name);
  const ref = record === null ? null : { ...refOfPath(record.path), called: name };
  return ref !== null && isThere(ref) ? ref : null;
}

async function attempt(context: Context, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    context.say(`not repaired: ${error.message}`);
    if (error.hint !== null) context.say(error.hint);
    return false;
  }
}

function bounded(findings: readonly DoctorFinding[]): Pick<DoctorResult, 'findings' | 'more'> {
  const seen = new Map<string, number>();
  const told = findings.filter(({ code }) => {
    seen.set(code, (seen.get(code) ?? 0) + 1);
    return (seen.get(code) ?? 0) <= MOST;
  });
  return { findings: told, more: [...seen].filter(([, count]) => count > MOST).map(([code, count]) => ({ code, count: count - MOST })) };
}
