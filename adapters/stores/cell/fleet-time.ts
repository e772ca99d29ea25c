/**
 * What time it is for all who write to one value, each by a clock of its own.
 *
 * Whose clock is a minute ahead would end everybody's pauses and evidence with each write, and the next one's
 * would bring them back: no trial is anybody's for long then, and what is down stays out (played). So who sees
 * that others have turned the time back behind its own last write goes by theirs from then on: of two clocks the
 * slower one wins, and one that is wrong disturbs once.
 *
 * @module
 */

import { isNear, timeAfter } from "./kept.ts";

/** The state's last instant as it was written, and the store's sign of which write that was. */
interface Written {
  readonly mark: string;
  readonly heardAt: number;
}

/** One process's idea of it. */
export class FleetTime {
  #behindMs = 0;
  #own: Written | undefined;

  /** The time where this process's clock says `now`, and the state was written last at `heardAt`. */
  at({ mark, heardAt }: Written, now: number): number {
    if (mark !== this.#own?.mark) this.#follow(heardAt, now);
    return timeAfter(heardAt, now - this.#behindMs);
  }

  /** This process wrote. */
  wrote(written: Written): void {
    this.#own = written;
  }

  #follow(heardAt: number, now: number): void {
    if (isNear(heardAt, now)) this.#behindMs = 0;
    else if (this.#own !== undefined && heardAt < this.#own.heardAt) {
      this.#behindMs = now - heardAt;
    }
  }
}
