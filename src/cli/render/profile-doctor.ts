import { display, displayHint } from '../../fs/bytes.js';
import type { DoctorResult } from '../../ops/profile-doctor.js';

export function doctorLines({ profiles, findings, more }: DoctorResult): string[] {
  if (findings.length === 0) return [`${profiles.length} profile${profiles.length === 1 ? '' : 's'}: nothing amiss`];
  return [
    ...findings.flatMap(({ code, path, message, hint, repaired }) => [
      `${display(path)}: ${display(message)} (${code})`,
      repaired ? '  repaired' : `  hint: ${displayHint(hint)}`,
    ]),
    ...more.map(({ code, count }) => `and ${count} more of ${code}`),
  ];
}

/** The exit status: 6 while something is damaged. */
export function doctorStatus({ findings }: DoctorResult): number {
  return findings.some(({ damage, repaired }) => damage && !repaired) ? 6 : 0;
}
