/**
 * Connections that lay idle for long are asked whether they live before somebody gets them.
 *
 * @module
 */

import type { Permits } from "../admit/permits.ts";
import type { Clock } from "../ports.ts";
import { answers } from "./answers.ts";
import type { Lease } from "./lease.ts";
import type { PoolLimits } from "./pool-limits.ts";
import { cutAll, type Cuts } from "./within.ts";

/** Whose connections they are. */
export interface ValidationHost {
  readonly permits: Permits;
  readonly clock: Clock;
  /** It lives: somebody may have it. It counts as nothing by then. */
  trusted(lease: Lease, now: number): void;
  /** It does not: nor are those trusted that lie idle since then or longer. It counts as nothing by then. */
  distrusted(lease: Lease, idleSince: number): void;
}

/** Asks, and counts `checking`. */
export class Validation {
  readonly #limits: PoolLimits;
  readonly #host: ValidationHost;
  readonly #cuts: Cuts = new Set();

  constructor(limits: PoolLimits, host: ValidationHost) {
    this.#limits = limits;
    this.#host = host;
  }

  /** Whether it has to be asked. */
  isDue({ idleSince }: Lease, now: number): boolean {
    const { validateAfterIdleMs } = this.#limits;
    return validateAfterIdleMs > 0 && now - idleSince >= validateAfterIdleMs;
  }

  /** Asks one that is in use. */
  async begin(lease: Lease): Promise<void> {
    const { permits, clock } = this.#host;
    const { validateTimeoutMs: limitMs, validateAfterIdleMs } = this.#limits;
    lease.state = "checking";
    permits.inUse--;
    permits.checking++;
    const lives = await answers(lease.connection, { clock, limitMs, cuts: this.#cuts });
    permits.checking--;
    const now = clock.now();
    if (lives) this.#host.trusted(lease, now);
    else this.#host.distrusted(lease, now - validateAfterIdleMs);
  }

  /** Cuts what is under way. */
  stop(): void {
    cutAll(this.#cuts);
  }
}
