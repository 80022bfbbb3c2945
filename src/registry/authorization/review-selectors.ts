import { parseFieldSelector } from '../../apimachinery/selectors/field-selector.js';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.js';
import type { ResourceAttributes, SelectorAttributes } from './access-review-validation.js';

/** A selector of a review as authorizers are told it, and what had to be left out. */
interface ReadSelector {
  readonly text?: string;
  readonly fault?: 'ignored' | 'partially ignored';
}

export interface ReviewSelectors {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** For status.evaluationError. */
  readonly faults: readonly string[];
}

/** What is not understood only narrows what an authorizer may use: it is left out and told. */
export function reviewSelectors(attributes: ResourceAttributes): ReviewSelectors {
  const field = read(attributes.fieldSelector, fieldText, parseFieldSelector);
  const label = read(attributes.labelSelector, labelText, parseLabelSelector);
  const faults: string[] = [];
  for (const [name, { fault }] of [['fieldSelector', field] as const, ['labelSelector', label] as const]) {
    if (fault !== undefined) faults.push(`spec.resourceAttributes.${name} ${fault} due to parse error`);
  }
  return {
    ...(field.text !== undefined && { fieldSelector: field.text }),
    ...(label.text !== undefined && { labelSelector: label.text }),
    faults,
  };
}

type Requirement = { readonly key: string; readonly operator: string; readonly values: readonly string[] };

function read(
  selector: SelectorAttributes | null | undefined,
  textOf: (requirement: Requirement) => string | undefined,
  parse: (text: string) => unknown,
): ReadSelector {
  if (!selector) return {};
  const requirements = selector.requirements ?? [];
  if (requirements.length === 0) {
    const text = selector.rawSelector ?? '';
    return isParsed(text, parse) ? { text } : { fault: 'ignored' };
  }
  const texts = requirements.map(({ key = '', operator = '', values }) =>
    textOf({ key, operator, values: values ?? [] }),
  );
  const understood = texts.filter((text) => text !== undefined);
  if (understood.length === texts.length) return { text: understood.join(',') };
  return understood.length === 0 ? { fault: 'ignored' } : { text: understood.join(','), fault: 'partially ignored' };
}

function isParsed(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Field selectors only know equality. */
function fieldText({ key, operator, values }: Requirement): string | undefined {
  if (values.length !== 1) return undefined;
  if (operator === 'In') return `${key}=${values[0]}`;
  return operator === 'NotIn' ? `${key}!=${values[0]}` : undefined;
}

function labelText({ key, operator, values }: Requirement): string | undefined {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return undefined;
  }
}
