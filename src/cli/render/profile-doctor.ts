import { display, displayHint } from '../../fs/bytes.js';
import type { DoctorResult } from '../../ops/profile-doctor.js';
import { count } from './size.js';

export function doctorLines({ profiles, findings, more }: DoctorResult): string[] {
  if (findings.length === 0) return [`${count(profiles.length, 'profile')}: nothing amiss`];
  return [
    ...findings.flatMap(({ code, path, message, hint, repaired }) => [
      `${display(path)}: ${display(message)} (${code})`,
      repaired ? '  repaired' : `  hint: ${displayHint(hint)}`,
    ]),
    ...more.map(({ code, count: others }) => `and ${others} more of ${code}`),
  ];
}

/** The exit status: 6 while something is damaged. */
export function doctorStatus({ findings }: DoctorResult): number {
  return findings.some(({ damage, repaired }) => damage && !repaired) ? 6 : 0;
}
