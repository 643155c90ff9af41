// Every call that the stand-in answers, by @octokit/rest: what succeeds, and what is refused and how.

import { appToken, base64, client, dana, erin, org, refused, service } from "./client.mjs";

const { HOOK_URL, HOOK_SECRET } = process.env;
const repo = "tour";
const at = { owner: org, repo };
const nobody = client("ghp_wrong");
const config = { url: HOOK_URL, content_type: "json", secret: HOOK_SECRET };
const patience = async (ask) => {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await ask();
    if (found) return found;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error("it did not come to pass within five seconds");
};

async function accounts() {
  await service.rest.meta.root();
  await service.rest.meta.get();
  await service.rest.rateLimit.get();
  const { data: me } = await service.rest.users.getAuthenticated();
  await dana.rest.users.getAuthenticated();
  await service.rest.users.getByUsername({ username: "dana" });
  await service.rest.users.getByUsername({ username: org });
  await refused(404, service.rest.users.getByUsername({ username: "who-is-that" }));
  await service.request("GET /user/{account_id}", { account_id: me.id });
  await service.rest.orgs.get({ org });
  await service.rest.orgs.getMembershipForAuthenticatedUser({ org });
  await refused(401, nobody.rest.users.getAuthenticated());
  await service.rest.orgs.listMembers({ org, per_page: 100 });
  const username = "lea";
  await service.rest.orgs.checkMembershipForUser({ org, username });
  await refused(404, service.rest.orgs.checkMembershipForUser({ org, username: "dana" }));
  await service.rest.orgs.getMembershipForUser({ org, username });
  await refused(404, service.rest.orgs.getMembershipForUser({ org, username: "dana" }));
  await refused(403, dana.rest.orgs.getMembershipForUser({ org, username }));
  // Led on to the public members.
  await dana.rest.orgs.checkMembershipForUser({ org, username });
  await refused(404, dana.rest.orgs.checkMembershipForUser({ org, username: "dana" }));
  const team_slug = "leads";
  await service.rest.teams.list({ org });
  await service.rest.teams.getByName({ org, team_slug });
  await refused(404, service.rest.teams.getByName({ org, team_slug: "nobody" }));
  await service.rest.teams.getMembershipForUserInOrg({ org, team_slug, username });
  await refused(404, service.rest.teams.getMembershipForUserInOrg({ org, team_slug, username: "dana" }));
}

async function repositories() {
  await service.rest.repos.createInOrg({ org, name: repo, private: true, description: "A tour" });
  await refused(422, service.rest.repos.createInOrg({ org, name: repo }));
  await refused(404, dana.rest.repos.createInOrg({ org, name: "not-mine" }));
  await refused(404, dana.rest.repos.get(at));
  await refused(409, service.rest.repos.listCommits(at));
  await dana.rest.repos.createForAuthenticatedUser({ name: "notes", auto_init: true });
  await service.rest.repos.listForOrg({ org, type: "private", sort: "created", per_page: 1 });
  await dana.rest.repos.listForAuthenticatedUser({ per_page: 5 });
  await service.rest.repos.get(at);
  await service.rest.repos.update({ ...at, description: "Another word", has_wiki: false });
}

async function code() {
  const put = (path, message, more) =>
    service.rest.repos.createOrUpdateFileContents({ ...at, path, message, content: base64(`${message}\n`), ...more });
  const { data: first } = await put("README.md", "Start");
  await put("README.md", "Say more", { sha: first.content.sha, branch: "main" });
  await refused(409, put("README.md", "Too late", { sha: first.content.sha }));
  await put("src/lib.rs", "Code", { committer: { name: "Dana", email: "dana@example.com" } });
  await service.rest.repos.getContent({ ...at, path: "" });
  await service.rest.repos.getContent({ ...at, path: "src" });
  await service.rest.repos.getContent({ ...at, path: "src/lib.rs", ref: "main" });
  await refused(404, service.rest.repos.getContent({ ...at, path: "nowhere" }));
  const { data: commits } = await service.rest.repos.listCommits({ ...at, sha: "main", per_page: 1 });
  const head = commits[0].sha;
  await service.rest.repos.listCommits({ ...at, path: "src", since: "2020-01-01T00:00:00Z", until: "2040-01-01T00:00:00Z" });
  await service.rest.repos.getCommit({ ...at, ref: head });
  await refused(422, service.rest.repos.getCommit({ ...at, ref: "0".repeat(40) }));
  await service.rest.repos.listBranches(at);
  await service.rest.repos.getBranch({ ...at, branch: "main" });
  await refused(404, service.rest.repos.getBranch({ ...at, branch: "none" }));
  await service.rest.git.getRef({ ...at, ref: "heads/main" });
  await service.rest.git.listMatchingRefs({ ...at, ref: "heads/" });
  await service.rest.git.createRef({ ...at, ref: "refs/heads/side", sha: commits[0].parents[0].sha });
  await refused(422, service.rest.git.createRef({ ...at, ref: "refs/heads/side", sha: head }));
  await service.rest.git.updateRef({ ...at, ref: "heads/side", sha: head });
  await service.rest.git.deleteRef({ ...at, ref: "heads/side" });
  await refused(404, service.rest.git.getRef({ ...at, ref: "heads/side" }));
  return head;
}

async function people() {
  const username = "dana";
  const { data: invitation } = await service.rest.repos.addCollaborator({ ...at, username, permission: "pull" });
  const one = { ...at, invitation_id: invitation.id };
  await service.rest.repos.listInvitations({ ...at, per_page: 100 });
  await service.rest.repos.updateInvitation({ ...one, permissions: "write" });
  await service.rest.repos.deleteInvitation(one);
  const { data: again } = await service.rest.repos.addCollaborator({ ...at, username });
  await dana.rest.repos.listInvitationsForAuthenticatedUser();
  await dana.rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: again.id });
  await refused(404, dana.rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: again.id }));
  await service.rest.repos.addCollaborator({ ...at, username, permission: "push" });
  await refused(404, service.rest.repos.addCollaborator({ ...at, username: "who-is-that" }));
  const { data: erins } = await service.rest.repos.addCollaborator({ ...at, username: "erin" });
  await erin.rest.repos.declineInvitationForAuthenticatedUser({ invitation_id: erins.id });
  await service.rest.repos.listCollaborators({ ...at, affiliation: "all", per_page: 100 });
  await service.rest.repos.checkCollaborator({ ...at, username });
  await refused(404, service.rest.repos.checkCollaborator({ ...at, username: "erin" }));
  await service.rest.repos.getCollaboratorPermissionLevel({ ...at, username });
  await refused(403, dana.rest.repos.addCollaborator({ ...at, username: "erin" }));
}

async function conversation() {
  await service.rest.issues.createLabel({ ...at, name: "kickoff", color: "00aa00", description: "The start" });
  await refused(422, service.rest.issues.createLabel({ ...at, name: "kickoff", color: "00aa00" }));
  await service.rest.issues.listLabelsForRepo(at);
  await service.rest.issues.getLabel({ ...at, name: "kickoff" });
  const { data: issue } = await service.rest.issues.create({
    ...at, title: "Welcome", body: "Hello", labels: ["kickoff", "new"], assignees: ["dana"],
  });
  const one = { ...at, issue_number: issue.number };
  await dana.rest.issues.create({ ...at, title: "A question" });
  await refused(422, service.request("POST /repos/{owner}/{repo}/issues", { ...at, body: "no title" }));
  await service.rest.issues.listForRepo({ ...at, state: "all", sort: "created", direction: "asc", per_page: 1, page: 1 });
  await service.rest.issues.listForRepo({ ...at, labels: "kickoff", creator: "dana", since: "2020-01-01T00:00:00Z" });
  await service.rest.issues.get(one);
  await refused(404, service.rest.issues.get({ ...at, issue_number: 999 }));
  const { data: comment } = await dana.rest.issues.createComment({ ...one, body: "Understood" });
  await refused(422, dana.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", { ...one, body: "" }));
  await service.rest.issues.listComments({ ...one, since: "2020-01-01T00:00:00Z", per_page: 1 });
  await service.rest.issues.listCommentsForRepo({ ...at, sort: "updated", direction: "desc" });
  const said = { ...at, comment_id: comment.id };
  await service.rest.issues.getComment(said);
  await dana.rest.issues.updateComment({ ...said, body: "Understood, and more" });
  await dana.rest.issues.deleteComment(said);
  await refused(404, service.rest.issues.getComment(said));
  await service.rest.issues.update({ ...one, title: "Welcome!", body: null, labels: [] });
  await service.rest.issues.update({ ...one, state: "closed", state_reason: "completed" });
  await service.rest.issues.update({ ...one, state: "open" });
}

async function reviews(pull) {
  const one = { ...at, pull_number: pull.number };
  const line = { path: "one.txt", line: 1 };
  const { data: pending } = await dana.rest.pulls.createReview({ ...one, body: "Soon", comments: [{ ...line, body: "Why?" }] });
  const its = { ...one, review_id: pending.id };
  await refused(422, dana.rest.pulls.createReview({ ...one, body: "A second" }));
  await refused(404, service.rest.pulls.getReview(its));
  await dana.rest.pulls.listReviews(one);
  await dana.rest.pulls.listCommentsForReview(its);
  await dana.rest.pulls.updateReview({ ...its, body: "Now" });
  await dana.rest.pulls.submitReview({ ...its, event: "COMMENT" });
  await dana.rest.pulls.updateReview({ ...its, body: "Now, all of it" });
  await refused(422, dana.rest.pulls.deletePendingReview(its));
  await refused(422, dana.rest.pulls.createReview({ ...one, event: "APPROVE" }));
  const { data: approval } = await service.rest.pulls.createReview({ ...one, event: "APPROVE", commit_id: pull.head.sha });
  await service.rest.pulls.getReview({ ...one, review_id: approval.id });
  await service.rest.pulls.dismissReview({ ...one, review_id: approval.id, message: "Too soon" });
  await refused(422, service.rest.pulls.dismissReview({ ...its, message: "It says nothing" }));
  const { data: draft } = await service.rest.pulls.createReview({ ...one, body: "Never mind" });
  await service.rest.pulls.deletePendingReview({ ...one, review_id: draft.id });
  await service.rest.pulls.listReviews({ ...one, per_page: 1, page: 2 });

  const where = { ...one, ...line, commit_id: pull.head.sha };
  const { data: comment } = await service.rest.pulls.createReviewComment({ ...where, body: "A line", side: "RIGHT" });
  await service.rest.pulls.createReviewComment({ ...one, path: "one.txt", commit_id: pull.head.sha, body: "The file", subject_type: "file" });
  await refused(422, service.rest.pulls.createReviewComment({ ...where, line: 99, body: "No such line" }));
  await dana.rest.pulls.createReplyForReviewComment({ ...one, comment_id: comment.id, body: "A reply" });
  await refused(404, dana.rest.pulls.createReplyForReviewComment({ ...one, comment_id: 1, body: "To nobody" }));
  const said = { ...at, comment_id: comment.id };
  await service.rest.pulls.getReviewComment(said);
  await service.rest.pulls.updateReviewComment({ ...said, body: "A line, rather" });
  await service.rest.pulls.listReviewComments({ ...one, sort: "created", direction: "asc", since: "2020-01-01T00:00:00Z" });
  await service.rest.pulls.listReviewCommentsForRepo({ ...at, sort: "updated", direction: "desc", per_page: 2 });
  await service.rest.pulls.deleteReviewComment(said);
  await refused(404, service.rest.pulls.getReviewComment(said));
}

async function pulls() {
  const { data: main } = await service.rest.git.getRef({ ...at, ref: "heads/main" });
  const branch = async (name) => {
    await dana.rest.git.createRef({ ...at, ref: `refs/heads/${name}`, sha: main.object.sha });
    await dana.rest.repos.createOrUpdateFileContents({
      ...at, path: `${name}.txt`, message: `Add ${name}`, content: base64(name), branch: name,
    });
  };
  await branch("one");
  await branch("two");
  const { data: pull } = await dana.rest.pulls.create({ ...at, title: "One", head: "one", base: "main", body: "Please" });
  await refused(422, dana.rest.pulls.create({ ...at, title: "One", head: "one", base: "main" }));
  await refused(422, dana.rest.pulls.create({ ...at, title: "None", head: "none", base: "main" }));
  const one = { ...at, pull_number: pull.number };
  await service.rest.pulls.list({ ...at, state: "open", base: "main", sort: "created", direction: "desc" });
  await service.rest.pulls.get(one);
  await dana.rest.pulls.update({ ...one, title: "One, better" });
  await service.rest.pulls.listCommits(one);
  await service.rest.pulls.listFiles(one);
  await reviews(pull);
  await refused(404, service.rest.pulls.checkIfMerged(one));
  await service.rest.pulls.merge({ ...one, merge_method: "squash", commit_title: "One" });
  await service.rest.pulls.checkIfMerged(one);
  await service.rest.pulls.get(one);
  const { data: two } = await dana.rest.pulls.create({ ...at, title: "Two", head: "two", base: "main" });
  await dana.rest.issues.createComment({ ...at, issue_number: two.number, body: "/deliver" });
  await service.rest.pulls.update({ ...at, pull_number: two.number, state: "closed" });
  await service.rest.pulls.list({ ...at, state: "closed", per_page: 1 });
}

async function checks(head) {
  const { data: installation } = await client(appToken()).rest.apps.getOrgInstallation({ org });
  const { data: token } = await client(appToken()).rest.apps.createInstallationAccessToken({ installation_id: installation.id });
  // Only Apps may report check runs.
  const app = client(token.token);
  const { data: run } = await app.rest.checks.create({
    ...at, name: "ci", head_sha: head, status: "in_progress", started_at: "2026-03-02T09:00:00Z",
  });
  const one = { ...at, check_run_id: run.id };
  await app.rest.checks.update({ ...one, status: "completed", conclusion: "success", output: { title: "Fine", summary: "All of it" } });
  await service.rest.checks.get(one);
  await service.rest.checks.listForRef({ ...at, ref: head, status: "completed" });
  await service.rest.repos.createCommitStatus({ ...at, sha: head, state: "success", context: "lint", description: "Clean" });
  await service.rest.repos.listCommitStatusesForRef({ ...at, ref: head });
  await service.rest.repos.getCombinedStatusForRef({ ...at, ref: head });
}

async function hooks() {
  const { data: hook } = await service.rest.repos.createWebhook({ ...at, name: "web", config, events: ["issues"] });
  const one = { ...at, hook_id: hook.id };
  await refused(422, service.rest.repos.createWebhook({ ...at, name: "web", config: {} }));
  await service.rest.repos.listWebhooks(at);
  await service.rest.repos.getWebhook(one);
  await service.rest.repos.pingWebhook(one);
  await service.rest.issues.create({ ...at, title: "For the hook" });
  const [delivery] = await patience(async () => {
    const { data } = await service.rest.repos.listWebhookDeliveries({ ...one, per_page: 10 });
    return data.length > 1 && data.every((sent) => sent.status_code) && data;
  });
  await service.rest.repos.getWebhookDelivery({ ...one, delivery_id: delivery.id });
  await service.rest.repos.redeliverWebhookDelivery({ ...one, delivery_id: delivery.id });
  await service.rest.repos.deleteWebhook(one);

  const { data: wide } = await service.rest.orgs.createWebhook({ org, name: "web", config, events: ["*"] });
  const all = { org, hook_id: wide.id };
  await service.rest.orgs.listWebhooks({ org });
  await service.rest.orgs.getWebhook(all);
  await service.rest.issues.create({ ...at, title: "For the organisation" });
  const [sent] = await patience(async () => {
    const { data } = await service.rest.orgs.listWebhookDeliveries(all);
    return data.length > 1 && data.every((one) => one.status_code) && data;
  });
  await service.rest.orgs.redeliverWebhookDelivery({ ...all, delivery_id: sent.id });
  await service.rest.orgs.deleteWebhook(all);
}

async function app() {
  const app = client(appToken());
  await app.rest.apps.getAuthenticated();
  const { data: installations } = await app.rest.apps.listInstallations();
  const installation_id = installations[0].id;
  await app.rest.apps.getInstallation({ installation_id });
  await refused(404, app.rest.apps.getInstallation({ installation_id: 1 }));
  await app.rest.apps.getOrgInstallation({ org });
  await app.rest.apps.getRepoInstallation(at);
  const { data: token } = await app.rest.apps.createInstallationAccessToken({ installation_id });
  const installed = client(token.token);
  await installed.rest.apps.listReposAccessibleToInstallation();
  await installed.rest.issues.create({ ...at, title: "From the App" });
  const [delivery] = await patience(async () => {
    const { data } = await app.rest.apps.listWebhookDeliveries({ per_page: 20 });
    return data.every((one) => one.status_code) && data;
  });
  await app.rest.apps.getWebhookDelivery({ delivery_id: delivery.id });
  await app.rest.apps.redeliverWebhookDelivery({ delivery_id: delivery.id });
  await refused(401, service.rest.apps.getAuthenticated());
}

async function ends() {
  await service.rest.repos.removeCollaborator({ ...at, username: "dana" });
  await service.rest.repos.update({ ...at, archived: true });
  await refused(403, service.rest.issues.create({ ...at, title: "Too late" }));
  await service.rest.repos.update({ ...at, archived: false });
  await service.rest.repos.update({ ...at, private: false });
  await service.rest.repos.update({ ...at, visibility: "private" });
  await service.rest.repos.update({ ...at, name: "tour-over" });
  await service.rest.repos.get(at);
  await service.rest.repos.delete({ owner: org, repo: "tour-over" });
  await refused(404, service.rest.repos.get({ owner: org, repo: "tour-over" }));
}

const parts = { accounts, repositories, code, people, conversation, pulls, checks, hooks, app, ends };
let head;
for (const [name, part] of Object.entries(parts)) {
  try {
    head = (await part(head)) ?? head;
  } catch (error) {
    console.error(`the tour ended at ${name}: ${error.request?.method ?? ""} ${error.request?.url ?? ""} ${error.status ?? ""}`);
    console.error(error.stack);
    process.exit(1);
  }
}
console.log(`the tour went through ${Object.keys(parts).join(", ")}`);
