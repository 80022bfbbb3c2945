import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and cuts what it carries when told to. */
export class Cutter {
  private readonly sockets = new Set<Socket>();
  private readonly listener: Server;
  private open = true;

  constructor(private readonly to: number) {
    this.listener = createServer((near) => this.carry(near));
  }

  /** @returns its port */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.listener.listen(0, '127.0.0.1', resolve));
    return (this.listener.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  allow(open: boolean): void {
    this.open = open;
    if (!open) this.cut();
  }

  close(): void {
    this.cut();
    this.listener.close();
  }

  private carry(near: Socket): void {
    if (!this.open) {
      near.destroy();
      return;
    }
    const far = connect(this.to, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
