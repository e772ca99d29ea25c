/** Whose word counts, as the simulation of fleets taught: newcomers', and that of those who found out long ago. */

import { expect, test } from "vitest";
import { massAt } from "../../src/cluster/mass.ts";
import { down, Stage, up } from "./stage.ts";

/** About how many use the replica. */
function users({ cluster, now }: Stage): number {
  const replica = cluster.endpoints.find(({ id }) => id === "replica");
  return Math.round(massAt(replica?.users ?? { mass: 0, at: 0, from: 0 }, now));
}

test("step() counts a newcomer as a user of what it names, before it has had an answer", () => {
  const stage = new Stage();
  for (let n = 0; n < 10; n++) stage.report(`isolate${n}`, { replica: {}, primary: {} });
  expect(users(stage)).toBe(10);
});

test("step() forgets a newcomer that never used what it named", () => {
  const stage = new Stage().report("isolate", { replica: {}, primary: {} });
  for (let minute = 1; minute <= 3; minute++) {
    stage.at(minute * 60_000).report("isolate", { replica: {}, primary: up });
  }
  expect(users(stage)).toBe(0);
});

test("step() opens nothing on what was found out longer ago than evidence counts", () => {
  const said = (agoMs: number): Stage => {
    const stage = new Stage();
    for (const at of [0, 1_000]) {
      stage.at(at);
      for (let n = 0; n < 4; n++) {
        stage.report(`isolate${n}`, { replica: { ...down, agoMs }, primary: up, other: up });
      }
    }
    return stage;
  };
  const phase = ({ cluster }: Stage): unknown => {
    return cluster.endpoints.find(({ id }) => id === "replica")?.circuit.phase;
  };
  expect(phase(said(30_000))).toBe("open");
  expect(phase(said(30_001))).toBe("closed");
});
