/**
 * The ways a statement can take on its connection: the fast one if it is prepared, postgres.js's own if it is not, and
 * between them the one that prepares it by what another connection was told.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { RunOptions } from "../../../src/ports.ts";
import { clientFailure } from "../pg-server/failure.ts";
import type { Descriptions } from "./descriptions.ts";
import { type Driver, type DriverOptions, PREPARED, SCRIPT, UNNAMED } from "./driver.ts";
import { DriverRun } from "./driver-run.ts";
import type { Exchange, Line, Settle } from "./exchange.ts";
import { uncacheable } from "./hyperdrive.ts";
import type { Target } from "./options.ts";
import { joined } from "./parse.ts";
import { encode, hint, type Plan } from "./plan.ts";
import { planOf, Plans, type Prepared } from "./plans.ts";
import { PreparedRun } from "./prepared-run.ts";
import { began, send } from "./writes.ts";

/** Whose statements they are. */
export interface Owner extends Line {
  readonly inTransaction: boolean;
  /** It is on its way; what comes next is its answer. */
  take(exchange: Exchange): void;
}

/** What they lead over. */
export interface Road {
  readonly target: Target;
  readonly socket: Socket;
  readonly driver: Driver;
  readonly descriptions: Descriptions | undefined;
}

/** One connection's. */
export class Ways {
  readonly #owner: Owner;
  readonly #road: Road;
  readonly #plans: Plans;
  /** Whether statements may leave postgres.js's hands once it has prepared them. */
  readonly #isFast: boolean;

  constructor(owner: Owner, road: Road) {
    this.#owner = owner;
    this.#road = road;
    this.#plans = new Plans(road.descriptions);
    this.#isFast = road.target.transform === undefined && road.driver.serializers !== undefined;
  }

  /** Sends a statement whose text and parameters can be sent. */
  begin(text: string, params: readonly unknown[], options: RunOptions, settle: Settle): void {
    const { hyperdrive, prepare: prepares } = this.#road.target;
    const unprepared = options.prepare || params.length > 0 ? UNNAMED : SCRIPT;
    if (hyperdrive?.cached === true && options.mayBeOld !== true) {
      return this.byDriver(uncacheable(text), params, unprepared, settle);
    }
    if (!options.prepare || !prepares) return this.byDriver(text, params, unprepared, settle);
    const plan = this.#plans.find(text, params);
    if (plan !== undefined) return this.#prepared({ plan }, text, params, settle);
    // A transaction would be undone by what is outdated, and not only be asked anew.
    const first = this.#isFast && !this.#owner.inTransaction
      ? this.#plans.first(text, params)
      : undefined;
    if (first !== undefined) return this.#prepared(first, text, params, settle);
    this.byDriver(text, params, this.#plans.admit(text) ? PREPARED : unprepared, settle);
  }

  byDriver(
    text: string,
    params: readonly unknown[],
    how: DriverOptions,
    settle: Settle,
  ): void {
    const hints = how.prepare ? params.map(hint) : [];
    const { driver } = this.#road;
    const run = new DriverRun(this.#owner, driver, settle, {
      simple: how.simple,
      learn: (result, columns) => {
        if (!how.prepare || !this.#isFast) return;
        const plan = planOf(result.statement, hints, columns);
        if (plan !== undefined) this.#plans.add(text, plan);
      },
    });
    this.#owner.take(run);
    run.follow(driver.run(text, params, how));
  }

  #prepared(
    { plan, parse }: Prepared,
    text: string,
    params: readonly unknown[],
    settle: Settle,
  ): void {
    const { driver, socket } = this.#road;
    let bytes: Buffer;
    try {
      bytes = encode(plan, params, driver.serializers ?? {});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return settle.reject(clientFailure(message, undefined, "sent", "usable"));
    }
    const again = (anew: Settle): void => {
      this.#plans.drop(text);
      this.byDriver(text, params, PREPARED, anew);
    };
    const preparing = parse && {
      parsers: driver.parsers,
      learn: (learnt: Plan) => this.#plans.add(text, learnt),
    };
    this.#owner.take(new PreparedRun(this.#owner, plan, settle, { again, preparing }));
    began();
    send(socket, parse === undefined ? bytes : joined(parse, bytes));
  }
}
