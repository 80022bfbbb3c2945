import type { KindPolicy } from '../kind-policy.js';
import { API_SERVICE_GROUP, API_SERVICE_RESOURCE } from './api-service.js';
import { ApiServiceStatusStrategy, ApiServiceStrategy, defaultApiService } from './api-service.strategy.js';

export const apiregistrationPolicies: readonly KindPolicy[] = [
  {
    group: API_SERVICE_GROUP,
    resource: API_SERVICE_RESOURCE,
    strategy: ({ now }) => new ApiServiceStrategy(now),
    statusStrategy: (main) => new ApiServiceStatusStrategy(main),
    defaults: { v1: defaultApiService },
  },
];
