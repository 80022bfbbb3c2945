import { All, Controller } from '@nestjs/common';
import type { Answer } from '../../endpoints/answer.js';
import { MetricsRegistry } from '../../observability/metrics.js';

/** `/metrics`, in the text format of Prometheus. */
@Controller()
export class MetricsController {
  constructor(private readonly metrics: MetricsRegistry) {}

  @All('metrics')
  async handle(): Promise<Answer> {
    const body = Buffer.from(await this.metrics.text());
    return {
      type: 'bytes',
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
      body,
    };
  }
}
