import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const source = (...path: string[]): string => join(import.meta.dirname, 'src', ...path);
/** Examples and their tests import the package by its name: here that is the sources. */
const resolve = { alias: { 'kubenest/backend': source('backend', 'index.ts'), kubenest: source('index.ts') } };
const timeouts = { testTimeout: 30_000, hookTimeout: 60_000 };
/** These start servers as processes of their own, so that they run one after the other, when all else is done. */
const WITH_SERVERS = [
  'test/integration/{fuzz,kubelet,robustness,watch}*.spec.ts',
  'test/guides/*.spec.ts',
  'test/conformance/*.spec.ts',
  'test/e2e/**/*.spec.ts',
  'examples/**/*.spec.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...timeouts,
          name: 'units',
          include: ['src/**/*.spec.ts', 'scripts/**/*.spec.ts', 'test/**/*.spec.ts', 'examples/**/*.spec.ts'],
          exclude: WITH_SERVERS,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        test: { ...timeouts, name: 'servers', include: WITH_SERVERS, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
