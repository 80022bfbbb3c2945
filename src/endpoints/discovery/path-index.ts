import type { Answer } from '../answer.js';
import type { ApiRegistration } from './api-registrations.js';

/** Paths of every server; those of groups and versions come from what is registered. */
const FIXED_PATHS = [
  '/api',
  '/api/v1',
  '/apis',
  '/apis/',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/readyz',
  '/version',
];

/** The answer at `/`: what paths there are, in order. @param more paths that only some servers have */
export function pathIndex(registrations: readonly ApiRegistration[], more: readonly string[]): Answer {
  const paths = new Set([...FIXED_PATHS, ...more]);
  for (const { group, version } of registrations) paths.add(`/apis/${group}`).add(`/apis/${group}/${version}`);
  const body = Buffer.from(JSON.stringify({ paths: [...paths].sort() }, undefined, 2));
  return { type: 'bytes', status: 200, contentType: 'application/json', body };
}
