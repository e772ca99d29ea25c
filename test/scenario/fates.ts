/**
 * What may befall an endpoint in a scenario, in the words a scenario says it in.
 */

import type { ScriptedConnector } from "../../adapters/connectors/scripted/mod.ts";

type Fate = (endpoint: ScriptedConnector, numbers: readonly number[]) => void;

/** A `#` stands for a number. */
const FATES: Readonly<Record<string, Fate>> = {
  "dies": (endpoint) => endpoint.die(),
  "freezes": (endpoint) => {
    endpoint.condition = "silent";
  },
  "returns": (endpoint) => endpoint.revive(),
  "thaws": (endpoint) => endpoint.revive(),
  "returns as replica": (endpoint) => {
    endpoint.role = "replica";
    endpoint.revive();
  },
  "restarts": (endpoint) => endpoint.cut(),
  "loses the line under the next statement": (endpoint) => {
    const usual = endpoint.answer;
    endpoint.answer = () => {
      endpoint.answer = usual;
      endpoint.cut();
      return "silence";
    };
  },
  "is made read-only": (endpoint) => {
    endpoint.role = "replica";
  },
  "cannot write": (endpoint) => {
    endpoint.writable = false;
  },
  "can write again": (endpoint) => {
    endpoint.writable = true;
  },
  "takes # ms": (endpoint, [latencyMs = 0]) => {
    endpoint.latencyMs = latencyMs;
  },
  "refuses logins": (endpoint) => {
    endpoint.condition = "refusingLogins";
  },
  "accepts logins": (endpoint) => endpoint.revive(),
  "hangs up on everybody": (endpoint) => {
    endpoint.condition = "hangingUp";
    endpoint.cut();
  },
  "loses all but # connections to others": (endpoint, [left = 0]) => {
    endpoint.maxConnections = 100;
    endpoint.otherConnections = 100 - left;
  },
  "gets its connections back": (endpoint) => {
    endpoint.otherConnections = 0;
  },
  "is # s behind": (endpoint, [seconds = 0]) => {
    endpoint.lagMs = seconds * 1_000;
  },
  "serves # at once": (endpoint, [capacity = 1]) => {
    endpoint.capacity = capacity;
  },
  "answers no open connection any more": (endpoint) => endpoint.deafen(),
  "answers this client no more": (endpoint) => endpoint.jam(),
};

/** Lets it befall the endpoint; `false` when the words are not known. */
export function befall(endpoint: ScriptedConnector, words: string): boolean {
  const numbers = [...words.matchAll(/\d+/g)].map(Number);
  const fate = FATES[words.replaceAll(/\d+/g, "#")];
  fate?.(endpoint, numbers);
  return fate !== undefined;
}
