// @octokit/webhooks behind node's own server: verifies the signature, calls a handler that does nothing, keeps nothing.

import { createServer } from "node:http";
import { Webhooks, createNodeMiddleware } from "@octokit/webhooks";

const webhooks = new Webhooks({ secret: process.env.WEBHOOK_SECRET });
webhooks.on("push", () => {});
createServer(createNodeMiddleware(webhooks, { path: "/webhooks/github" })).listen(Number(process.env.PORT), "127.0.0.1");
