import { Quantity } from '../../../apimachinery/runtime/quantity.js';
import type { CoreV1LimitRangeItem } from '../../../apis/types.gen.js';
import { type Amounts, amountsOf, type ResourceList, sorted } from '../../resource-amounts.js';

/** What is asked for: of a container, a whole pod or a claim. */
export interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Everything about the asked amounts that one item of a limit range does not allow, as texts. */
export function limitFaults(item: CoreV1LimitRangeItem, asked: Asked): string[] {
  const faults: string[] = [];
  const report = (text: string | undefined): void => {
    if (text !== undefined) faults.push(text);
  };
  for (const [name, least] of entries(item.min)) report(minimumFault(item.type, name, least, asked));
  for (const [name, most] of entries(item.max)) report(maximumFault(item.type, name, most, asked));
  for (const [name, most] of entries(item.maxLimitRequestRatio)) report(ratioFault(item.type, name, most, asked));
  return faults;
}

/** Claims have requests only. */
export function claimFaults({ type, min, max }: CoreV1LimitRangeItem, requests: Amounts): string[] {
  const asked = { requests, limits: new Map() };
  const faults = entries(min).map(([name, least]) => minimumFault(type, name, least, asked));
  for (const [name, most] of entries(max)) {
    const request = requests.get(name);
    const rule = `maximum ${name} usage per ${type} is ${most}`;
    if (request === undefined) faults.push(`${rule}. No request is specified`);
    else if (request.compare(most) > 0) faults.push(`${rule}, but request is ${request}`);
  }
  return faults.filter((text) => text !== undefined);
}

function entries(list: ResourceList | undefined): [string, Quantity][] {
  return sorted(amountsOf(list));
}

function minimumFault(type: string, name: string, least: Quantity, { requests, limits }: Asked): string | undefined {
  const request = requests.get(name);
  const limit = limits.get(name);
  const rule = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return `${rule}. No request is specified`;
  if (request.compare(least) < 0) return `${rule}, but request is ${request}`;
  if (limit !== undefined && limit.compare(least) < 0) return `${rule}, but limit is ${limit}`;
  return undefined;
}

function maximumFault(type: string, name: string, most: Quantity, { requests, limits }: Asked): string | undefined {
  const request = requests.get(name);
  const limit = limits.get(name);
  const rule = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return `${rule}. No limit is specified`;
  if (limit.compare(most) > 0) return `${rule}, but limit is ${limit}`;
  if (request !== undefined && request.compare(most) > 0) return `${rule}, but request is ${request}`;
  return undefined;
}

function ratioFault(type: string, name: string, most: Quantity, { requests, limits }: Asked): string | undefined {
  const request = requests.get(name) ?? Quantity.zero;
  const limit = limits.get(name) ?? Quantity.zero;
  const rule = `${name} max limit to request ratio per ${type} is ${most}`;
  if (request.isZero) return `${rule}, but no request is specified or request is 0`;
  if (limit.isZero) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = Number(limit.nanos) / Number(request.nanos);
  if (ratio * 1000 <= Number(most.milliValue())) return undefined;
  return `${rule}, but provided ratio is ${ratio.toFixed(6)}`;
}
