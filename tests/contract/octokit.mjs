// One candidate's repository by @octokit/rest and git: create, invite, accept, issue, comment, file, push, commits.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base64, dana, org, refused, service } from "./client.mjs";

const repo = "octokit-story";
const at = { owner: org, repo };

const created = await service.rest.repos.createInOrg({ org, name: repo, private: true, description: "by octokit" });
assert.equal(created.status, 201);
assert.equal(created.data.private, true);
await refused(404, dana.rest.repos.get(at));

const file = await service.rest.repos.createOrUpdateFileContents({
  ...at, path: "README.md", message: "Start", content: base64("hello\n"), branch: "main",
});
assert.equal(file.status, 201);

const invited = await service.rest.repos.addCollaborator({ ...at, username: "dana", permission: "push" });
assert.equal(invited.status, 201);
const { data: invitations } = await dana.rest.repos.listInvitationsForAuthenticatedUser();
assert.deepEqual(invitations.map((one) => one.id), [invited.data.id]);
await dana.rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: invitations[0].id });

const { data: issue } = await service.rest.issues.create({ ...at, title: "Welcome", body: "Say what you understood." });
const { data: comment } = await dana.rest.issues.createComment({ ...at, issue_number: issue.number, body: "I add a line." });
assert.equal(comment.user.login, "dana");
const comments = await service.paginate(service.rest.issues.listComments, { ...at, issue_number: issue.number });
assert.deepEqual(comments.map((one) => one.body), ["I add a line."]);

const folder = mkdtempSync(join(tmpdir(), "octokit-story-"));
const { clone_url } = (await dana.rest.repos.get(at)).data;
const remote = clone_url.replace("://", `://x-access-token:${process.env.DANA_TOKEN}@`);
const git = (...args) => execFileSync("git", ["-C", folder, ...args], {
  encoding: "utf8",
  env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" },
  stdio: ["ignore", "pipe", "pipe"],
});
git("clone", "--quiet", remote, ".");
writeFileSync(join(folder, "line.txt"), "a line\n");
git("add", ".");
git("-c", "user.name=Dana", "-c", "user.email=dana@example.com", "commit", "--quiet", "-m", "Add a line");
git("push", "--quiet", "origin", "main");

const commits = await service.paginate(service.rest.repos.listCommits, { ...at, per_page: 1 });
assert.deepEqual(commits.map((one) => one.commit.message), ["Add a line", "Start"]);
const { data: content } = await service.rest.repos.getContent({ ...at, path: "line.txt" });
assert.equal(Buffer.from(content.content, "base64").toString(), "a line\n");
console.log("octokit: a repository, an invitation, an issue, a comment, a file, a push, its commits");
