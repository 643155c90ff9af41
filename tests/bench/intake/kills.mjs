// node kills.mjs WORKSAMPLE: kill -9 under load, again and again; every acknowledged delivery is on disk, once, with its job.
// See README.md. KILLS and CONNECTIONS in the environment change how often and how hard.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { writeFileSync } from "node:fs";

import { connections, data, end, listens, payload, service, start } from "./stage.mjs";

const kills = Number(process.env.KILLS ?? 100);

/// Sends one delivery; true if it was acknowledged.
function deliver(agent, port, push, guid) {
  return new Promise((answered) => {
    const headers = {
      "content-type": "application/json", "content-length": push.bytes, "x-github-event": "push",
      "x-github-delivery": guid, "x-hub-signature-256": push.signature,
    };
    const sent = request({ agent, port, host: "127.0.0.1", path: "/webhooks/github", method: "POST", headers }, (answer) => {
      answer.resume();
      if (answer.statusCode !== 202) throw new Error(`answered ${answer.statusCode}`);
      answered(true);
    });
    sent.once("error", () => answered(false));
    sent.end(push.body);
  });
}

/// Loads a fresh process until it is killed at a moment nobody chose; the ids that were acknowledged.
async function life(port, env, push, salt) {
  const child = start("serve", ["serve"], env);
  await listens(port);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const acknowledged = [];
  let count = 0;
  let alive = true;
  const lane = async () => {
    while (alive) {
      count += 1;
      const guid = `${salt}-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
      if (await deliver(agent, port, push, guid)) acknowledged.push(guid);
      else alive = false;
    }
  };
  const lanes = Array.from({ length: connections }, lane);
  await new Promise((later) => setTimeout(later, 150 + Math.random() * 500));
  child.kill("SIGKILL");
  await new Promise((ended) => child.once("exit", ended));
  await Promise.all(lanes);
  agent.destroy();
  return { acknowledged, sent: count };
}

/// What became of these deliveries on disk: how many there are, how many were sent and never acknowledged, how many lack
/// their one job.
function onDisk(path) {
  const script = `
import json, sqlite3, sys
acknowledged = json.load(open(sys.argv[2]))
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
rows = [guid for (guid,) in database.execute("select guid from deliveries where guid like '%-0000-4000-8000-%'")]
jobs = [subject for (subject,) in database.execute("select subject from jobs where kind = 'intake' and subject like '%-0000-4000-8000-%'")]
print(json.dumps({
  "rows": len(rows), "doubled": len(rows) - len(set(rows)) + len(jobs) - len(set(jobs)),
  "lost": len(set(acknowledged) - set(rows)), "without_job": len(set(rows) ^ set(jobs)),
}))`;
  return JSON.parse(execFileSync("python3", ["-c", script, join(data, "service/worksample.db"), path], { encoding: "utf8" }));
}

try {
  const { port, env, repository } = await service();
  const push = payload(repository);
  const acknowledged = [];
  let sent = 0;
  for (let number = 1; number <= kills; number += 1) {
    const lived = await life(port, env, push, randomBytes(4).toString("hex"));
    acknowledged.push(...lived.acknowledged);
    sent += lived.sent;
    if (number % 10 === 0) console.log(`${number} kills: ${acknowledged.length} acknowledged of ${sent} sent`);
  }
  const list = join(data, "acknowledged.json");
  writeFileSync(list, JSON.stringify(acknowledged));
  const found = onDisk(list);
  console.log(`${kills} kills -9 under ${connections} connections: ${acknowledged.length} acknowledged, ${found.rows} on disk (${found.rows - acknowledged.length} more whose answer was lost); lost ${found.lost}, doubled ${found.doubled}, without their one job ${found.without_job}`);
  if (found.lost + found.doubled + found.without_job > 0) process.exitCode = 1;
} finally {
  end();
}
