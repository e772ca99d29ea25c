/** As much of the place's own module as the workers of these tests use. */
declare module "cloudflare:workers" {
  /** What a Durable Object's class begins with. */
  export class DurableObject<Env = unknown> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }

  /** The bindings, also in global scope. */
  export const env: Readonly<Record<string, unknown>>;
}

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

interface DurableObjectState {
  readonly id: { readonly name?: string };
  readonly storage: DurableObjectStorage;
  waitUntil(promise: Promise<unknown>): void;
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
  abort(reason?: string): void;
}

interface DurableObjectStorage {
  get<T>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
  deleteAlarm(): Promise<void>;
  readonly sql: { exec(query: string, ...values: unknown[]): Iterable<Record<string, unknown>> };
}

interface DurableObjectNamespace<Stub = { fetch(request: Request): Promise<Response> }> {
  getByName(name: string): Stub;
}
