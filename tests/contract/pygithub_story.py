"""PyGithub, unchanged, at the server that API names: create, invite, accept, issue, comment, file, commits."""

import os

from github import Auth, Github, GithubException, UnknownObjectException

API = os.environ["API"]
ORG = os.environ["ORG"]


def client(token):
    return Github(base_url=API, auth=Auth.Token(token), retry=None, user_agent="worksample-contract")


service = client(os.environ["SERVICE_TOKEN"])
dana = client(os.environ["DANA_TOKEN"])

org = service.get_organization(ORG)
repo = org.create_repo("pygithub-story", private=True, description="by PyGithub")
assert repo.private and repo.full_name == f"{ORG}/pygithub-story"
try:
    dana.get_repo(repo.full_name)
    raise AssertionError("a private repository was shown to a stranger")
except UnknownObjectException:
    pass
try:
    org.create_repo("pygithub-story", private=True)
    raise AssertionError("a name was taken twice")
except GithubException as refusal:
    assert refusal.status == 422, refusal

made = repo.create_file("README.md", "Start", "hello\n", branch="main")
repo.update_file("README.md", "Say more", "hello there\n", made["content"].sha, branch="main")
assert repo.get_contents("README.md").decoded_content == b"hello there\n"

invitation = repo.add_to_collaborators("dana", permission="push")
assert invitation.invitee.login == "dana"
assert [one.id for one in repo.get_pending_invitations()] == [invitation.id]
me = dana.get_user()
assert [one.id for one in me.get_invitations()] == [invitation.id]
me.accept_invitation(invitation)
assert repo.has_in_collaborators("dana")

issue = repo.create_issue(title="Welcome", body="Say what you understood.")
comment = dana.get_repo(repo.full_name).get_issue(issue.number).create_comment("I add a line.")
assert [(one.id, one.user.login) for one in issue.get_comments()] == [(comment.id, "dana")]
comment.edit("I add two lines.")
assert issue.get_comment(comment.id).body == "I add two lines."
issue.edit(state="closed")
assert [one.number for one in repo.get_issues(state="closed")] == [issue.number]

base = repo.get_branch("main")
repo.create_git_ref("refs/heads/topic", base.commit.sha)
repo.create_file("topic.txt", "Topic", "t\n", branch="topic")
pull = repo.create_pull(base="main", head="topic", title="Topic", body="Please")
assert [one.filename for one in pull.get_files()] == ["topic.txt"]
pull.merge(merge_method="squash")
assert repo.get_pull(pull.number).merged

messages = [one.commit.message.splitlines()[0] for one in repo.get_commits()]
assert messages[-2:] == ["Say more", "Start"], messages
print("PyGithub: a repository, an invitation, an issue, a comment, files, a pull request, its commits")
