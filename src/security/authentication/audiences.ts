/** Those of the wanted audiences that a token is for, in the order wanted. */
export function commonAudiences(own: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((audience) => own.includes(audience));
}
