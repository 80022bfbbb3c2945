/** Header names in lower case; a header sent several times is a list, never one joined text. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export function headerValues(headers: Headers, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Keys of extra attributes are percent-encoded in header names; what is not well encoded counts as it is. */
export function unescapeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
