/**
 * The store's contract as a worker: `/cases` lists it, `/run/<name>` runs one case over a Durable Object of its own.
 */

import { DurableObject } from "cloudflare:workers";
import {
  type CoordinatorClass,
  durableObject,
  onCloudflare,
} from "../../adapters/cloudflare/mod.ts";
import { scripted } from "../../adapters/connectors/scripted/mod.ts";
import type { HoldfastOptions } from "../../mod.ts";
import { storeContract } from "../contract/store.ts";
import { RULES } from "../contract/store-stage.ts";

interface Env {
  readonly Standard: DurableObjectNamespace;
  readonly Patient: DurableObjectNamespace;
}

const PATIENT_COOLDOWN_MS = 600_000;

/** Roles are switched here, not promoted: the contract is about what is believed. */
function optionsWith(cooldownMs: number, maxCooldownMs: number): HoldfastOptions {
  return {
    endpoints: [
      { id: "p", role: "primary", connector: scripted({ role: "primary" }), promotable: false },
      { id: "q", role: "replica", connector: scripted({ role: "replica" }), promotable: false },
      { id: "r", role: "replica", connector: scripted({ role: "replica" }), promotable: false },
      // Those that the writers of one case command about.
      ...Array.from({ length: 10 }, (_, i) => ({
        id: `e${i}`,
        role: "replica" as const,
        connector: scripted({ role: "replica" }),
      })),
    ],
    circuit: { cooldownMs, maxCooldownMs },
    rampMs: RULES.rampMs,
    sharing: { quietSyncMs: RULES.quietSyncMs, busySyncMs: RULES.busySyncMs },
    probe: { intervalMs: 0 },
  };
}

const standard = onCloudflare<Env>(() => optionsWith(RULES.cooldownMs, RULES.maxCooldownMs));
const patient = onCloudflare<Env>(() => optionsWith(PATIENT_COOLDOWN_MS, PATIENT_COOLDOWN_MS));

const StandardClass: CoordinatorClass<Env, DurableObject> = standard.coordinator(DurableObject);
const PatientClass: CoordinatorClass<Env, DurableObject> = patient.coordinator(DurableObject);

export class Standard extends StandardClass {}
export class Patient extends PatientClass {}

const cases = storeContract({ leases: false });

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    if (path === "/cases") return Response.json(cases.map(({ name }) => name));
    const found = cases.find(({ name }) => path === `/run/${name}`);
    if (found === undefined) return new Response(null, { status: 404 });
    const name = crypto.randomUUID();
    try {
      await found.run({
        open: ({ cooldownMs } = RULES) => {
          const isPatient = cooldownMs === PATIENT_COOLDOWN_MS;
          return durableObject(isPatient ? env.Patient : env.Standard, { name });
        },
      });
      return Response.json("passed");
    } catch (error) {
      return Response.json(error instanceof Error ? error.stack : String(error));
    }
  },
};
