/** A compiled label or field selector. Parsers: `label-selector.ts`, `field-selector.ts`. */
export interface Selector {
  /** True where everything matches. */
  readonly isEverything: boolean;
  matches(values: Readonly<Record<string, string>>): boolean;
  /**
   * Requirements of the form key = value that every match must fulfil: what an index can narrow a list with.
   * Never more than the selector says; may be empty for a selector that only has other operators.
   */
  readonly exact: readonly { readonly key: string; readonly value: string }[];
  /** A requirement that every match must fulfil, as the values that one key may have; undefined where there is none of that form. */
  readonly oneOf?: { readonly key: string; readonly values: readonly string[] };
  toString(): string;
}

export const EVERYTHING: Selector = {
  isEverything: true,
  matches: () => true,
  exact: [],
  toString: () => '',
};
