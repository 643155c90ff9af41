// probot with a handler that does nothing: verifies the signature, keeps nothing, logs no more than errors.

import { Probot, Server } from "probot";

const server = new Server({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  webhookPath: "/webhooks/github",
  Probot: Probot.defaults({ appId: 1, privateKey: process.env.PRIVATE_KEY, secret: process.env.WEBHOOK_SECRET, logLevel: "error" }),
});
await server.load((app) => {
  app.on("push", () => {});
});
await server.start();
