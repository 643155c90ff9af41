//! What each step of a script does in the little world.

use serde_json::json;

use super::RehearsalError;
use super::files::{Content, write};
use super::stage::{Candidate, Placed, Stage, lead, reviewer};
use crate::clock::for_people;
use crate::git::Remote;
use crate::github::Person;
use crate::spec::script::{KICKOFF, Step, Via, Who};
use crate::work_sample::EntryKind;

impl Stage<'_> {
    pub(super) async fn act(
        &mut self,
        one: &mut Candidate,
        step: Step,
    ) -> Result<(), RehearsalError> {
        match step {
            // The time line deals with waiting.
            Step::Wait { .. } => Ok(()),
            Step::Accept { .. } | Step::Withdraw { .. } | Step::Deliver { .. } => {
                self.towards_the_service(one, step).await
            }
            Step::Join
            | Step::Write { .. }
            | Step::Remove { .. }
            | Step::Branch { .. }
            | Step::Commit { .. }
            | Step::Push { .. } => self.in_git(one, step).await,
            Step::Issue { .. }
            | Step::Comment { .. }
            | Step::Edit { .. }
            | Step::Delete { .. }
            | Step::PullRequest { .. } => self.on_github(one, step).await,
            Step::Review { .. } | Step::ReviewComment { .. } => self.review(one, step).await,
            Step::Answer { on, text } => self.reply(one, "answers", "/answer", &on, &text).await,
            Step::Confirm { on, text } => self.reply(one, "confirms", "/confirm", &on, &text).await,
            Step::Redirect { on, text } => {
                self.reply(one, "redirects", "/redirect", &on, &text).await
            }
            Step::Judge { .. } | Step::Pay { .. } | Step::Decide { .. } | Step::Extend { .. } => {
                self.by_the_team(one, step).await
            }
        }
    }

    async fn towards_the_service(
        &mut self,
        one: &mut Candidate,
        step: Step,
    ) -> Result<(), RehearsalError> {
        let who = one.script.full_name.clone();
        match step {
            Step::Accept { due_in } => {
                let due_at = self.world.now() + due_in.to_duration();
                let body = json!({ "login": one.script.login, "due_at": due_at });
                self.say(
                    &who,
                    format!("accepts, to deliver by {}", for_people(due_at)),
                );
                self.world
                    .api
                    .post(&one.bearer(), "/offer/accept", &body)
                    .await?;
            }
            Step::Withdraw { reason } => {
                self.say(&who, "withdraws");
                let body = json!({ "reason": reason });
                self.world
                    .api
                    .post(&one.bearer(), "/offer/withdraw", &body)
                    .await?;
            }
            Step::Deliver {
                by: Some(Via::Api), ..
            } => {
                self.say(&who, "delivers through the API");
                self.world
                    .api
                    .post(&one.bearer(), "/offer/deliver", &json!({}))
                    .await?;
            }
            Step::Deliver { on, .. } => {
                let number = self.thread(one, on.as_deref().unwrap_or(KICKOFF)).await?;
                let full_name = joined(one)?.0.clone();
                one.person.comment(&full_name, number, "/deliver").await?;
                self.say(&who, format!("delivers in #{number}"));
            }
            _ => {}
        }
        Ok(())
    }

    async fn in_git(&mut self, one: &mut Candidate, step: Step) -> Result<(), RehearsalError> {
        let who = one.script.full_name.clone();
        let git = &self.world.git;
        match step {
            Step::Join => self.join(one).await?,
            Step::Write {
                path,
                text,
                from,
                executable,
            } => {
                let content = Content {
                    path,
                    text,
                    from,
                    executable,
                };
                write(&self.version.folder, &one.clone, content)?;
            }
            Step::Remove { path } => git.remove(&one.clone, &path).await?,
            Step::Branch { name } => git.create_branch(&one.clone, &name).await?,
            Step::Commit {
                message,
                amend,
                claimed_at,
            } => {
                let claimed = claimed_at
                    .map(|offset| offset.to_duration())
                    .unwrap_or_default();
                let email = format!("{}@users.noreply.invalid", one.script.login);
                let author = (one.script.full_name.as_str(), email.as_str());
                let at = self.world.now() + claimed;
                let (sha, how) = if amend {
                    let sha = git.amend_all(&one.clone, &message, author, at).await?;
                    (sha, "amends the last commit to")
                } else {
                    let sha = git.commit_all(&one.clone, &message, author, at).await?;
                    (sha, "commits")
                };
                self.say(
                    &who,
                    format!("{how} {}: {}", sha.short(), first_line(&message)),
                );
            }
            Step::Push { force } => {
                let branch = git.current_branch(&one.clone).await?;
                let remote = &joined(one)?.1;
                git.push(&one.clone, remote, &branch, force).await?;
                let how = if force { "force-pushes" } else { "pushes" };
                self.say(&who, format!("{how} {branch}"));
            }
            _ => {}
        }
        Ok(())
    }

    async fn on_github(&mut self, one: &mut Candidate, step: Step) -> Result<(), RehearsalError> {
        let full_name = joined(one)?.0.clone();
        let who = one.script.full_name.clone();
        match step {
            Step::Issue {
                id,
                title,
                form,
                sections,
                text,
                who: by,
            } => {
                let (title, text) = match form {
                    Some(form) => (
                        format!("{}{title}", form.title_prefix()),
                        form.render(&sections),
                    ),
                    None => (title, text.unwrap_or_default()),
                };
                let number = self
                    .voice(one, by)
                    .open_issue(&full_name, &title, &text)
                    .await?;
                one.forms.extend(id.clone().zip(form));
                remember(one, id, Placed::Thread(number));
                self.say(&self.name_of(one, by), format!("opens #{number}: {title}"));
            }
            Step::Comment {
                id,
                on,
                text,
                who: by,
            } => {
                let number = self.thread(one, &on).await?;
                let comment = self
                    .voice(one, by)
                    .comment(&full_name, number, &text)
                    .await?;
                remember(one, id, Placed::Comment(number, comment));
                self.say(
                    &self.name_of(one, by),
                    format!("comments on #{number}: {}", first_line(&text)),
                );
            }
            Step::Edit {
                target,
                text,
                sections,
            } => {
                let text = text
                    .or_else(|| one.forms.get(&target).map(|form| form.render(&sections)))
                    .unwrap_or_default();
                match find(one, &target)? {
                    Placed::Thread(number) => {
                        one.person.edit_issue(&full_name, number, &text).await?;
                        self.say(&who, format!("edits #{number}"));
                    }
                    Placed::Comment(number, comment) => {
                        one.person.edit_comment(&full_name, comment, &text).await?;
                        self.say(&who, format!("edits a comment on #{number}"));
                    }
                    Placed::Review(number, review) => {
                        one.person
                            .edit_review(&full_name, number, review, &text)
                            .await?;
                        self.say(&who, format!("edits a review of #{number}"));
                    }
                    Placed::ReviewComment(number, comment) => {
                        one.person
                            .edit_review_comment(&full_name, comment, &text)
                            .await?;
                        self.say(&who, format!("edits a review comment on #{number}"));
                    }
                }
            }
            Step::Delete { target } => match find(one, &target)? {
                Placed::Comment(number, comment) => {
                    one.person.delete_comment(&full_name, comment).await?;
                    self.say(&who, format!("deletes a comment on #{number}"));
                }
                Placed::ReviewComment(number, comment) => {
                    one.person
                        .delete_review_comment(&full_name, comment)
                        .await?;
                    self.say(&who, format!("deletes a review comment on #{number}"));
                }
                Placed::Thread(number) | Placed::Review(number, _) => {
                    return Err(RehearsalError::Api(format!(
                        "#{number} is no comment, only comments can be deleted"
                    )));
                }
            },
            Step::PullRequest { id, title, text } => {
                let branch = self.world.git.current_branch(&one.clone).await?;
                let number = one
                    .person
                    .open_pull_request(&full_name, &branch, "main", &title, &text)
                    .await?;
                remember(one, id, Placed::Thread(number));
                self.say(&who, format!("opens pull request #{number}: {title}"));
            }
            _ => {}
        }
        Ok(())
    }

    async fn by_the_team(&mut self, one: &Candidate, step: Step) -> Result<(), RehearsalError> {
        let who = &one.script.full_name;
        match step {
            Step::Judge {
                criterion,
                verdict,
                note,
                by,
            } => {
                let body = json!({ "criterion": criterion, "verdict": verdict, "note": note });
                self.world
                    .api
                    .post(&reviewer(&by), &one.path("judge"), &body)
                    .await?;
                self.say(
                    &by,
                    format!("looks at {criterion} for {who}: {}", first_line(&note)),
                );
            }
            Step::Pay { reference, by } => {
                let body = json!({ "reference": reference });
                self.world
                    .api
                    .post(&lead(&by), &one.path("pay"), &body)
                    .await?;
                self.say(&by, format!("pays {who} ({reference})"));
            }
            Step::Decide {
                outcome,
                reason,
                feedback,
                by,
            } => {
                let body = json!({ "outcome": outcome, "reason": reason, "feedback": feedback });
                self.world
                    .api
                    .post(&lead(&by), &one.path("decide"), &body)
                    .await?;
                self.say(&by, format!("decides on {who}: {}", first_line(&reason)));
            }
            Step::Extend { due_in, reason, by } => {
                let due_at = self.world.now() + due_in.to_duration();
                let body = json!({ "due_at": due_at, "reason": reason });
                self.world
                    .api
                    .post(&lead(&by), &one.path("extend"), &body)
                    .await?;
                self.say(&by, format!("gives {who} until {}", for_people(due_at)));
            }
            _ => {}
        }
        Ok(())
    }

    /// A team member's comment with its slash command.
    async fn reply(
        &mut self,
        one: &Candidate,
        verb: &str,
        command: &str,
        on: &str,
        text: &str,
    ) -> Result<(), RehearsalError> {
        let number = self.thread(one, on).await?;
        let text = if text.trim_start().starts_with('/') {
            text.to_owned()
        } else {
            format!("{command} {text}")
        };
        let full_name = &joined(one)?.0;
        self.voice(one, Who::Team)
            .comment(full_name, number, &text)
            .await?;
        self.say(
            &self.name_of(one, Who::Team),
            format!(
                "{verb} #{number} of {}: {}",
                one.script.full_name,
                first_line(&text)
            ),
        );
        Ok(())
    }

    async fn join(&mut self, one: &mut Candidate) -> Result<(), RehearsalError> {
        let bearer = one.bearer();
        let offer = self.world.api.get(&bearer, "/offer").await?;
        let full_name = offer["repository"]["full_name"]
            .as_str()
            .ok_or_else(|| RehearsalError::Api("the repository is not ready yet".into()))?
            .to_owned();
        one.person.accept_invitation(&full_name).await?;
        let remote = Remote {
            url: one.person.clone_url(&full_name).await?,
            token: one.token.clone(),
        };
        self.world.git.clone_into(&one.clone, &remote).await?;
        one.repository = Some((full_name.clone(), remote));
        self.say(
            &one.script.full_name,
            format!("accepts the invitation and clones {full_name}"),
        );
        Ok(())
    }

    /// The number of an issue or pull request that a script names.
    pub(super) async fn thread(&self, one: &Candidate, name: &str) -> Result<u64, RehearsalError> {
        if name != KICKOFF {
            return find(one, name).map(Placed::number);
        }
        let (work_sample, _) =
            crate::workflow::show::work_sample(&self.world.services, &one.id).await?;
        work_sample
            .entries_of(EntryKind::Kickoff)
            .map(|entry| entry.place.number())
            .next()
            .or(work_sample.provisioning.kickoff)
            .ok_or_else(|| RehearsalError::Api("the kickoff issue is not open yet".into()))
    }

    pub(super) fn voice<'p>(&'p self, one: &'p Candidate, who: Who) -> &'p Person {
        match who {
            Who::Candidate => &one.person,
            Who::Team => &self.team,
        }
    }

    pub(super) fn name_of(&self, one: &Candidate, who: Who) -> String {
        match who {
            Who::Candidate => one.script.full_name.clone(),
            Who::Team => "the team".to_owned(),
        }
    }
}

pub(super) fn joined(one: &Candidate) -> Result<&(String, Remote), RehearsalError> {
    one.repository.as_ref().ok_or_else(|| {
        RehearsalError::Api("the candidate has not joined yet: put `do = \"join\"` before".into())
    })
}

fn find(one: &Candidate, name: &str) -> Result<Placed, RehearsalError> {
    one.placed
        .get(name)
        .copied()
        .ok_or_else(|| RehearsalError::Api(format!("nothing is called `{name}`")))
}

pub(super) fn remember(one: &mut Candidate, id: Option<String>, placed: Placed) {
    if let Some(id) = id {
        one.placed.insert(id, placed);
    }
}

pub(super) fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    if line.chars().count() > 90 {
        format!("{}…", line.chars().take(89).collect::<String>())
    } else {
        line.to_owned()
    }
}
