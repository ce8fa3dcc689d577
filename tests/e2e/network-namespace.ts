import { execFileSync } from 'node:child_process';

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'ignore' });

/** A network namespace joined to this one by a cable: what runs in it is on another machine, as far as the network tells. */
export class NetworkNamespace {
  readonly #name: string;
  /** This side's address, as it is seen from the namespace. */
  readonly host: string;

  private constructor(name: string, host: string) {
    this.#name = name;
    this.host = host;
  }

  /** Makes one; undefined where this user may not. */
  static create(): NetworkNamespace | undefined {
    const name = `mlaas-${process.pid}`;
    const [near, far] = [`mln${process.pid}`, `mlf${process.pid}`];
    const net = `10.213.${process.pid % 256}`;
    try {
      ip('netns', 'add', name);
    } catch {
      return undefined;
    }
    const namespace = new NetworkNamespace(name, `${net}.1`);
    try {
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
      ip('address', 'add', `${net}.1/24`, 'dev', near);
      ip('link', 'set', near, 'up');
      ip('-n', name, 'address', 'add', `${net}.2/24`, 'dev', far);
      ip('-n', name, 'link', 'set', far, 'up');
      return namespace;
    } catch {
      namespace.remove();
      return undefined;
    }
  }

  /** The command that runs another one in the namespace. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  remove(): void {
    // The cable goes with its end.
    ip('netns', 'delete', this.#name);
  }
}
