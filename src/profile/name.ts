import { NoxError } from '../errors.js';

declare const brand: unique symbol;

/** A profile's name; minted by {@link parseProfileName}. */
export type ProfileName = string & { readonly [brand]: 'ProfileName' };

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$/;

/** The name, checked. @throws `invalid-profile-name`. */
export function parseProfileName(text: string): ProfileName {
  if (!NAME.test(text)) throw new NoxError('invalid-profile-name', { name: text });
  return text as ProfileName;
}
