/** Run by Node, Deno and Bun in the user's project: the task in an argument, what was found on stdout. */

import process from "node:process";
import { createHoldfast } from "../../../mod.ts";
import { keepContract } from "../contract.ts";
import { wholePath } from "../path.ts";
import { sharedBelief } from "../shared.ts";
import { strikeAll } from "../strike.ts";
import type { Settings, Task } from "../words.ts";
import { connectorOf, optionsOf } from "./connector-of.ts";
import { storeHere } from "./store-here.ts";

const task = JSON.parse(process.argv[2] ?? "") as Task; // the run's own
const { store, close } = await storeHere(task);
const shared = await sharedBelief(() => createHoldfast({ ...optionsOf(task), store }), store);
close();
const db = createHoldfast(optionsOf(task));
const path = await wholePath(db, task);
await db.close();
const connectorTo = (settings: Settings) => connectorOf(task.connector, settings);
const contract = await keepContract(task, connectorTo);
const faults = await strikeAll(task, connectorTo);
console.log(JSON.stringify({ path, shared, contract, faults }));
