/**
 * A primary `a` and two replicas `b` and `c`, scripted, in virtual time.
 */

import {
  readOnlyRefusal,
  type Reply,
  rows,
  scripted,
  type ScriptedConnector,
} from "../../adapters/connectors/scripted/mod.ts";
import type { HoldfastError } from "../../src/errors.ts";
import { createHoldfastOn, type Holdfast } from "../../src/holdfast.ts";
import { Failure, type FailureFacts } from "../../src/model/failure.ts";
import type { EventType, HoldfastEvent } from "../../src/model/event.ts";
import type { Runtime } from "../../src/ports.ts";
import type { EndpointOptions, HoldfastOptions } from "../../src/options/types.ts";
import type { VirtualClock } from "../virtual.ts";
import { virtualRuntime } from "../virtual.ts";

/** What a test plays with. */
export interface Stage {
  readonly db: Holdfast;
  readonly clock: VirtualClock;
  readonly a: ScriptedConnector;
  readonly b: ScriptedConnector;
  readonly c: ScriptedConnector;
  readonly events: HoldfastEvent[];
}

/** Options of a stage: `endpoints` replaces the usual three, or what is said of some of them. */
export interface StageOptions extends Omit<Partial<HoldfastOptions>, "endpoints"> {
  readonly declared?: {
    readonly a?: Partial<EndpointOptions>;
    readonly b?: Partial<EndpointOptions>;
    readonly c?: Partial<EndpointOptions>;
  };
}

/** An endpoint that behaves as a PostgreSQL server does towards writes. */
export function server(clock: VirtualClock, role: "primary" | "replica"): ScriptedConnector {
  const connector: ScriptedConnector = scripted({
    role,
    latencyMs: 1,
    clock,
    ...(role === "primary" ? { generation: 1 } : {}),
    answer: (text): Reply => {
      const writes = !/^(select|begin|commit|rollback|set|savepoint|release)/.test(text);
      return writes && connector.role === "replica" ? readOnlyRefusal() : rows({ ok: true });
    },
  });
  return connector;
}

/** Three endpoints and a holdfast over them, in a place like Node. Probing by the clock is off unless asked for. */
export function stage(
  options: StageOptions = {},
  allows: Partial<Pick<Runtime, "persistentIO" | "background">> = {},
): Stage {
  const runtime = { ...virtualRuntime(7), ...allows };
  const { clock } = runtime;
  const [a, b, c] = [server(clock, "primary"), server(clock, "replica"), server(clock, "replica")];
  const events: HoldfastEvent[] = [];
  const { declared, ...rest } = options;
  const db = createHoldfastOn(runtime, {
    endpoints: [
      { id: "a", role: "primary", connector: a, ...declared?.a },
      { id: "b", role: "replica", connector: b, ...declared?.b },
      { id: "c", role: "replica", connector: c, ...declared?.c },
    ],
    probe: { intervalMs: 0 },
    observer: (event) => events.push(event),
    ...rest,
  });
  return { db, clock, a, b, c, events };
}

/** A holdfast over the primary alone. */
export function soloStage(options: Omit<StageOptions, "declared"> = {}): Omit<Stage, "b" | "c"> {
  const runtime = virtualRuntime(7);
  const { clock } = runtime;
  const a = server(clock, "primary");
  const events: HoldfastEvent[] = [];
  const db = createHoldfastOn(runtime, {
    endpoints: [{ id: "a", role: "primary", connector: a }],
    probe: { intervalMs: 0 },
    observer: (event) => events.push(event),
    ...options,
  });
  return { db, clock, a, events };
}

/** What a call fails with; a call that succeeds is a mistake. Moves no clock. */
export function caught<E extends HoldfastError = HoldfastError>(
  promise: Promise<unknown>,
): Promise<E> {
  return promise.then(
    (value) => {
      throw new Error(`It succeeded: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as E, // what it is, the test looks at
  );
}

/** As `caught`, and lets time pass until it has failed. */
export function errorOf<E extends HoldfastError = HoldfastError>(
  stage: Pick<Stage, "clock">,
  promise: Promise<unknown>,
): Promise<E> {
  return stage.clock.runUntil(caught<E>(promise));
}

/** A failure as a connector tells it; by default the line broke after the statement was sent. */
export function failure(facts: Partial<FailureFacts> = {}): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    message: "the line broke",
    connection: "broken",
    ...facts,
  });
}

/** An error of PostgreSQL's that leaves the connection usable. */
export function sqlError(code: string, message = "refused"): Failure {
  return failure({
    origin: "server",
    phase: "answering",
    code,
    message,
    connection: "usable",
    report: { severity: "ERROR" },
  });
}

/** Answers in turn with what is given, then as before. */
export function next(connector: ScriptedConnector, ...replies: Reply[]): void {
  const usual = connector.answer;
  connector.answer = (text, params) => replies.shift() ?? usual(text, params);
}

/** The events of one type, each as its own words. */
export function told(stage: Pick<Stage, "events">, type: EventType): string[] {
  return stage.events.filter((event) => event.type === type).map((event) => {
    const { type: _, at: __, ...rest } = event;
    return Object.values(rest).join(" ");
  });
}
