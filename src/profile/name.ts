import { NoxError } from '../errors.js';

declare const brand: unique symbol;

/** A profile's name; minted by {@link parseProfileName}. */
export type ProfileName = string & { readonly [brand]: 'ProfileName' };

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;
/** A name is a part of longer ones, which a file system bounds. */
const LONGEST = 200;

/** The name, checked. @throws `invalid-profile-name`. */
export function parseProfileName(text: string): ProfileName {
  if (!NAME.test(text)) throw new NoxError('invalid-profile-name', { name: text, problem: 'it starts with a letter, digit or _, and goes on with those and . + -' });
  if (text.length > LONGEST) throw new NoxError('invalid-profile-name', { name: text, problem: `it has ${text.length} characters, and ${LONGEST} are the most` });
  return text as ProfileName;
}
