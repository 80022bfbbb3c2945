import { Quantity } from '../apimachinery/runtime/quantity.js';

/** A resource list of the API: quantities by resource name. */
export type ResourceList = Readonly<Record<string, string>>;

/** A resource list ready for arithmetic. */
export type Amounts = Map<string, Quantity>;

export const ONE = Quantity.fromInteger(1);

/** @param list as decoded: every quantity is in normal form */
export function amountsOf(list: ResourceList | undefined): Amounts {
  const out: Amounts = new Map();
  for (const name of Object.keys(list ?? {})) out.set(name, Quantity.parse(list![name]!));
  return out;
}

export function listOf(amounts: ReadonlyMap<string, Quantity>): Record<string, string> {
  return Object.fromEntries(sorted(amounts).map(([name, amount]) => [name, amount.toString()]));
}

/** Adds the second list to the first, in place. */
export function addTo(into: Amounts, more: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of more) into.set(name, into.get(name)?.add(amount) ?? amount);
}

/** Raises the first list to the second where that is greater, in place. */
export function raiseTo(into: Amounts, least: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of least) {
    const has = into.get(name);
    if (has === undefined || has.compare(amount) < 0) into.set(name, amount);
  }
}

/** What of the amounts carries one of the names. */
export function only(amounts: ReadonlyMap<string, Quantity>, has: (name: string) => boolean): Amounts {
  return new Map([...amounts].filter(([name]) => has(name)));
}

/** `cpu=1,pods=2`, in order of name. */
export function amountsText(amounts: ReadonlyMap<string, Quantity>): string {
  return sorted(amounts)
    .map(([name, amount]) => `${name}=${amount}`)
    .join(',');
}

export function sorted(amounts: ReadonlyMap<string, Quantity>): [string, Quantity][] {
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether a domain other than Kubernetes' own names the resource. */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}
