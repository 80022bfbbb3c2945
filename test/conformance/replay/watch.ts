import type { IncomingMessage } from 'node:http';
import { isObject, type Json, parseJson } from './json.js';
import type { Step } from './scenario.js';

const NEWLINE = 10;

/** Reads a stream of one JSON event a line until it has the step's number of them, ends, or shows something else. */
export function readEvents(response: IncomingMessage, step: Step): { events: Json[]; done: Promise<void> } {
  const events: Json[] = [];
  const done = (async () => {
    try {
      for await (const line of linesOf(response)) {
        if (line.trim() !== '') {
          const event = parseJson(line);
          if (!isObject(event)) return;
          if (event['type'] === 'BOOKMARK' && !step.bookmarks) continue;
          events.push(event);
        }
        if (events.length >= (step.events ?? Number.POSITIVE_INFINITY)) return;
      }
    } catch {
      // Hung up, or no JSON: what came until then counts.
    }
  })();
  return { events, done };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of response) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      yield rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString();
}
