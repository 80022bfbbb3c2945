/** Letters and digits that make no words and are hard to mistake, as Kubernetes' generated names use them. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const NAME_LENGTH_MAX = 63;

/** Attempts at a free name before AlreadyExists is told to the client. @see KEP-4420 */
export const GENERATE_NAME_ATTEMPTS_MAX = 8;

/** `base` (shortened to leave room) plus five random characters. @param random gives numbers in [0, 1) */
export function generateName(base: string, random: () => number): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return base.slice(0, NAME_LENGTH_MAX - SUFFIX_LENGTH) + suffix;
}
