import { All, Controller, Logger, Req } from '@nestjs/common';
import type { Answer } from '../../endpoints/answer.js';
import {
  type HealthEndpoint,
  HealthRegistry,
  type HealthReport,
  reportCheck,
  reportHealth,
} from '../../observability/health.js';
import type { HttpRequest } from '../http-request.js';
import { NOT_FOUND_ANSWER, textAnswer } from '../status-answer.js';

/** `/healthz`, `/livez`, `/readyz` and each check below them, whatever the method; the guards have had their say. */
@Controller()
export class HealthController {
  private readonly logger = new Logger('health');

  constructor(private readonly registry: HealthRegistry) {}

  @All(['healthz', 'healthz/*', 'livez', 'livez/*', 'readyz', 'readyz/*'])
  async handle(@Req() request: HttpRequest): Promise<Answer> {
    const { path, query } = request.apiRequest;
    const slash = path.indexOf('/', 1);
    const endpoint = path.slice(1, slash < 0 ? undefined : slash) as HealthEndpoint;
    const checks = this.registry.of(endpoint);
    if (slash < 0) {
      const options = { verbose: query.has('verbose'), excluded: query.getAll('exclude') };
      return this.answer(endpoint, await reportHealth(endpoint, checks, options));
    }
    const check = checks.find(({ name }) => name === path.slice(slash + 1));
    if (check === undefined) return NOT_FOUND_ANSWER;
    const answer = this.answer(endpoint, await reportCheck(check));
    // Upstream says this of failures and of whole reports only.
    return answer.status === 200 ? { ...answer, headers: {} } : answer;
  }

  private answer(endpoint: HealthEndpoint, { healthy, text, failures }: HealthReport): Answer {
    if (!healthy) this.logger.warn(`${endpoint} failed: ${failures.join('; ')}`);
    return textAnswer(healthy ? 200 : 500, text);
  }
}
