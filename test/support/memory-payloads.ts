import type { PayloadRead, PayloadStore, PayloadStored } from '../../lib/core/ports/payload-store.ts';

const noAnswer = (): { readonly kind: 'unavailable'; readonly cause: Error } => ({
  kind: 'unavailable',
  cause: new Error('no answer'),
});

/** Objects in memory, and an outage that a test can name. */
export class MemoryPayloads implements PayloadStore {
  readonly objects = new Map<string, Uint8Array>();
  /** Calls, in order: `put` or `get`. */
  readonly calls: string[] = [];
  isDown: (call: 'put' | 'get') => boolean = () => false;

  async put(key: string, body: Uint8Array): Promise<PayloadStored> {
    this.calls.push('put');
    if (this.isDown('put')) return noAnswer();
    this.objects.set(key, body.slice());
    return { kind: 'stored' };
  }

  async get(key: string): Promise<PayloadRead> {
    this.calls.push('get');
    if (this.isDown('get')) return noAnswer();
    const body = this.objects.get(key);
    return body === undefined ? { kind: 'missing' } : { kind: 'read', body };
  }

  /** The only key. */
  get only(): string {
    const [key, ...others] = this.objects.keys();
    if (key === undefined || others.length > 0)
      throw new Error(`expected one object, got ${this.objects.size}`);
    return key;
  }
}
