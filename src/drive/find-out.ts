/**
 * Whether an endpoint that failed a call is down, or what others say of its role is so, where nobody looks by the clock: asked beside the request that met
 * it. Its own calls would hardly tell: balancing sends nothing more to what failed once, and others, fresh isolates
 * among them, would each meet it anew.
 *
 * @module
 */

import type { Site } from "./core.ts";
import { look } from "./probe.ts";
import type { Scope } from "./scope.ts";
import type { Share } from "./share.ts";
import { wait } from "./wait.ts";

/** Between two looks: most are back in a moment (a restart takes a tenth of a second). As the prober's. */
const EAGER_MS = 200;

/** Looks at all that are suspect until it is known. Never rejects. */
export async function findOut(scope: Scope, share: Share): Promise<void> {
  const suspects = [...share.suspects];
  // Whoever comes meanwhile need not do it too.
  share.suspects.clear();
  await Promise.all(suspects.map((site) => settle(scope, site)));
}

async function settle(scope: Scope, site: Site): Promise<void> {
  const { fall, rise } = scope.core.settings.probe;
  // It is out for all: whoever has claimed the trial looks.
  if (site.shared.told !== undefined && !site.shared.doubted) return;
  for (let looks = 0; looks < fall + rise; looks++) {
    if (looks > 0 && (await wait(scope, undefined, EAGER_MS)) === "closed") return;
    await look(scope, site);
    if (!isOpen(site)) return;
  }
}

function isOpen({ health, shared }: Site): boolean {
  return health.state === "suspect" && shared.told === undefined;
}
