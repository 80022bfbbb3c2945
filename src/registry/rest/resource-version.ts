import { badRequest, plainError } from '../../apimachinery/errors/status-error.js';

/** Go's strconv.ParseUint as far as clients can see it. @throws Error with Go's text */
export function parseUint(text: string): number {
  if (!/^[0-9]+$/.test(text))
    throw new RangeError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

function parse(text: string): number | string {
  if (text === '') return 0;
  try {
    return parseUint(text);
  } catch (error) {
    return `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${(error as Error).message}`;
  }
}

/** A resourceVersion parameter of a list; 0 where it is unset or "0". @throws StatusError 400 */
export function parseListResourceVersion(text: string): number {
  const parsed = parse(text);
  if (typeof parsed === 'string') throw badRequest(`invalid resource version: ${parsed}`);
  return parsed;
}

/** A resourceVersion parameter of a get or watch; these report a bad one as a bare 500. @throws StatusError 500 */
export function parseResourceVersion(text: string): number {
  const parsed = parse(text);
  if (typeof parsed === 'string') throw plainError(parsed);
  return parsed;
}

/** The resourceVersion inside an object. @throws StatusError 500 */
export function parseObjectResourceVersion(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  try {
    return parseUint(text);
  } catch (error) {
    throw plainError((error as Error).message);
  }
}
