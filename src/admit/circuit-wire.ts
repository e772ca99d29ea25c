/**
 * A circuit on its way to another clock: durations instead of instants.
 *
 * @module
 */

import type { Circuit, HalfOpenCircuit, OpenCircuit } from "./circuit.ts";

/** A circuit that any clock can read. Plain JSON. */
export type CircuitWire =
  | Exclude<Circuit, OpenCircuit | HalfOpenCircuit>
  | (Omit<OpenCircuit, "until"> & { readonly remainingMs: number })
  | (Omit<HalfOpenCircuit, "trialAt"> & { readonly trialAgeMs: number });

/** Takes the circuit off this isolate's clock. */
export function toWire(circuit: Circuit, now: number): CircuitWire {
  switch (circuit.phase) {
    case "closed":
    case "isolated":
      return circuit;
    case "open": {
      const { until, ...rest } = circuit;
      return { ...rest, remainingMs: Math.max(0, until - now) };
    }
    case "halfOpen": {
      const { trialAt, ...rest } = circuit;
      return { ...rest, trialAgeMs: Math.max(0, now - trialAt) };
    }
    default:
      return circuit satisfies never;
  }
}

/** Puts a circuit on this isolate's clock. */
export function fromWire(wire: CircuitWire, now: number): Circuit {
  switch (wire.phase) {
    case "closed":
    case "isolated":
      return wire;
    case "open": {
      const { remainingMs, ...rest } = wire;
      return { ...rest, until: now + remainingMs };
    }
    case "halfOpen": {
      const { trialAgeMs, ...rest } = wire;
      return { ...rest, trialAt: now - trialAgeMs };
    }
    default:
      return wire satisfies never;
  }
}
