import { type ApiServer, createApiServer } from 'kubenest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { becomesAvailable, freePort } from '../../test/support/aggregated.js';
import { ExampleProcess } from '../../test/support/example-process.js';
import { findKubectl, Kubectl } from '../../test/support/kubectl.js';
import { findNatsServer, type NatsServer, startNatsServer } from '../../test/support/nats-server.js';

const FOLDER = 'examples/microservice-backend';
const path = findKubectl();
const nats = findNatsServer();
if (path === undefined) console.log('no kubectl for this machine: the microservice examples are not run');
if (nats === undefined) console.log('no nats-server on this machine: the example over NATS is not run');

describe.runIf(path !== undefined)('the microservice example', () => {
  let server: ApiServer;
  let kubectl: Kubectl;
  let example: ExampleProcess | undefined;

  beforeEach(async () => {
    server = await createApiServer();
    kubectl = new Kubectl(path!, server.kubeconfigPath, ExampleProcess.home());
  });
  afterEach(async () => {
    await server.close();
    await example?.stop();
  });

  async function walk(manifest: string): Promise<void> {
    await kubectl.ok(['apply', '-f', '-'], { input: manifest });
    await becomesAvailable(server, 'v1.kitchen.example.com');
    const teapot = ExampleProcess.read(`${FOLDER}/teapot.yaml`);
    expect(await kubectl.ok(['apply', '-f', '-'], { input: teapot })).toContain('brown-betty created');
    expect(await kubectl.ok(['get', 'tp'])).toMatch(/NAME +LITRES +MAKER\nbrown-betty +1.5 +kubernetes-admin\n/);
    const patch = ['patch', 'tp', 'brown-betty', '--type', 'merge', '-p', '{"spec":{"litres":-1}}'];
    expect((await kubectl.run(patch)).stderr).toContain('should be greater than or equal to 0');
    expect(await kubectl.ok(['explain', 'teapots.spec'])).toContain('How much tea it holds.');
    expect(await kubectl.ok(['delete', 'tp', '--all'])).toContain('deleted');
  }

  it('works over TCP', async () => {
    const port = await freePort();
    example = await ExampleProcess.start(`${FOLDER}/tcp.ts`, [String(port)], 'are served');
    await walk(ExampleProcess.read(`${FOLDER}/tcp.yaml`).replace('7001', String(port)));
  });

  describe.runIf(nats !== undefined)('with a broker', () => {
    let broker: NatsServer;
    beforeAll(async () => {
      broker = await startNatsServer(nats!);
    });
    afterAll(() => broker?.stop());

    it('works over NATS', async () => {
      example = await ExampleProcess.start(`${FOLDER}/nats.ts`, [`127.0.0.1:${broker.port}`], 'are served');
      await walk(ExampleProcess.read(`${FOLDER}/nats.yaml`).replace('4222', String(broker.port)));
    });
  });
});
