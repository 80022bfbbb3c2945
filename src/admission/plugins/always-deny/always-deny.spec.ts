import { expect, it } from 'vitest';
import { admit, pod, request } from '../../testing.js';
import { AlwaysDeny } from './always-deny.js';

it('refuses whatever is asked', async () => {
  await expect(admit(new AlwaysDeny(), request('/pods', pod()))).rejects.toThrow(
    'pods "p" is forbidden: admission control is denying all modifications',
  );
});
