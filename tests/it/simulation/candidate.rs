//! What one candidate does, act by act.

use base64::Engine as _;
use reqwest::Method;
use serde_json::json;
use worksample::ids::WorkSampleId;
use worksample::workflow::show;

use super::dice::Dice;
use super::people::People;
use super::season::{Figures, Season};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Writes issues and comments, and delivers what was there.
    Talk,
    /// Commits too, opens a pull request, and delivers that.
    Whole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Join,
    Memo,
    Ask,
    Report,
    Edit,
    Delete,
    Branch,
    Commit,
    Pull,
    Misread,
    Deliver,
}

pub struct Candidate {
    pub number: usize,
    pub id: WorkSampleId,
    pub kind: Kind,
    /// `owner/name`, once it is known.
    pub repository: String,
    kickoff: u64,
    /// Of this run.
    acts: Vec<Act>,
    done: usize,
    /// Of all runs: no two texts are alike.
    acted: usize,
    memo: Option<u64>,
    pub deleted: Vec<u64>,
    /// How often a command was written that the service answers because it does not know it.
    pub misread: usize,
    /// The pull request, once it is open.
    pull: Option<u64>,
}

impl Candidate {
    pub fn new(number: usize, id: WorkSampleId, kind: Kind) -> Candidate {
        Candidate {
            number,
            id,
            kind,
            repository: String::new(),
            kickoff: 0,
            acts: Vec::new(),
            done: 0,
            acted: 0,
            memo: None,
            deleted: Vec::new(),
            misread: 0,
            pull: None,
        }
    }

    /// Decides what to do in the next run: to join in the first, to deliver in the last, and whatever comes up in each.
    pub fn plans(&mut self, (is_first, is_last): (bool, bool), dice: &mut Dice) {
        self.done = 0;
        self.acts.clear();
        if is_first {
            self.acts.push(Act::Join);
        }
        let between = [Act::Ask, Act::Report, Act::Memo, Act::Edit, Act::Delete];
        let wanted = between.into_iter().filter(|_| dice.one_in(2));
        self.acts.extend(wanted);
        match self.kind {
            Kind::Whole if is_first => {
                let all = [Act::Branch, Act::Commit, Act::Pull, Act::Commit];
                self.acts.extend(all);
            }
            Kind::Whole if dice.one_in(4) => self.acts.push(Act::Commit),
            Kind::Whole | Kind::Talk => {}
        }
        if is_last {
            if self.kind == Kind::Talk {
                self.acts.push(Act::Misread);
            }
            self.acts.push(Act::Deliver);
        }
        if self.acts.is_empty() {
            self.acts.push(Act::Memo);
        }
    }

    pub fn is_done(&self) -> bool {
        self.done == self.acts.len()
    }

    /// Reads where the repository is.
    pub async fn finds_the_way(&mut self, season: &Season) {
        let (work_sample, _) = show::work_sample(&season.services, &self.id).await.unwrap();
        let provisioning = work_sample.provisioning;
        self.repository = provisioning.repository.unwrap().full_name;
        self.kickoff = provisioning.kickoff.unwrap();
    }

    /// The next act, if there is one.
    pub async fn act(&mut self, people: &People, figures: &mut Figures) {
        let Some(act) = self.acts.get(self.done).copied() else {
            return;
        };
        self.done += 1;
        self.acted += 1;
        let number = self.acted;
        match act {
            Act::Join => self.join(people).await,
            Act::Memo => self.memo(people, number).await,
            Act::Ask => {
                let text =
                    format!("### Clause\n\nR1\n\n### What I already know\n\nNothing ({number}).");
                self.issue(people, "[Question] Which language?", &text)
                    .await;
            }
            Act::Report => {
                self.issue(people, "On the way", &format!("/progress half ({number})"))
                    .await;
            }
            Act::Edit => self.edit(people, number).await,
            Act::Delete => self.delete(people, number).await,
            Act::Branch => self.branch(people).await,
            Act::Commit => {
                figures.with_commits += usize::from(self.pull.is_none());
                self.commit(people, number).await;
            }
            Act::Pull => self.pull(people).await,
            Act::Misread => {
                self.comment(people, self.kickoff, "/submit").await;
                self.misread += 1;
            }
            Act::Deliver => {
                let on = self.pull.unwrap_or(self.kickoff);
                self.comment(people, on, "/deliver").await;
                // Who only talks delivers the starter, and has to say so.
                if self.kind == Kind::Talk {
                    self.comment(people, on, "/deliver starter").await;
                }
            }
        }
    }

    async fn join(&self, people: &People) {
        loop {
            let invitations = people
                .list(self.number, "user/repository_invitations?per_page=100")
                .await;
            let Some(invitation) = invitations.first() else {
                return;
            };
            let path = format!("user/repository_invitations/{}", invitation["id"]);
            people
                .insist(self.number, Method::PATCH, &path, None, &[404, 409])
                .await;
        }
    }

    async fn issue(&self, people: &People, title: &str, text: &str) {
        let path = format!("repos/{}/issues", self.repository);
        let list = format!("{path}?state=all&per_page=100");
        let body = json!({ "title": title, "body": text });
        people.write(self.number, &path, &list, &body).await;
    }

    async fn comment(&self, people: &People, on: u64, text: &str) -> u64 {
        let path = format!("repos/{}/issues/{on}/comments", self.repository);
        let list = format!("{path}?per_page=100");
        let made = people
            .write(self.number, &path, &list, &json!({ "body": text }))
            .await;
        made["id"].as_u64().unwrap()
    }

    async fn memo(&mut self, people: &People, number: usize) {
        let text = format!("I write one line into one file ({number}).");
        self.memo = Some(self.comment(people, self.kickoff, &text).await);
    }

    async fn edit(&mut self, people: &People, number: usize) {
        if self.memo.is_none() {
            self.memo(people, number).await;
        }
        let path = self.of_comment(self.memo.unwrap());
        let text = format!("I write one line into one file, with a mark ({number}).");
        let body = json!({ "body": text });
        people
            .insist(self.number, Method::PATCH, &path, Some(&body), &[])
            .await;
    }

    async fn delete(&mut self, people: &People, number: usize) {
        let text = format!("This was a mistake ({number}).");
        let id = self.comment(people, self.kickoff, &text).await;
        let path = self.of_comment(id);
        people
            .insist(self.number, Method::DELETE, &path, None, &[404])
            .await;
        self.deleted.push(id);
    }

    fn of_comment(&self, id: u64) -> String {
        format!("repos/{}/issues/comments/{id}", self.repository)
    }

    async fn branch(&self, people: &People) {
        let branches = people
            .list(self.number, &format!("repos/{}/branches", self.repository))
            .await;
        let sha = &branches[0]["commit"]["sha"];
        let path = format!("repos/{}/git/refs", self.repository);
        let body = json!({ "ref": "refs/heads/greet", "sha": sha });
        people
            .insist(self.number, Method::POST, &path, Some(&body), &[422])
            .await;
    }

    async fn commit(&self, people: &People, number: usize) {
        let path = format!("repos/{}/contents/part-{number}.txt", self.repository);
        let content = base64::engine::general_purpose::STANDARD.encode(format!("hello {number}\n"));
        let body = json!({ "message": "Greet", "content": content, "branch": "greet" });
        people
            .insist(self.number, Method::PUT, &path, Some(&body), &[422])
            .await;
    }

    async fn pull(&mut self, people: &People) {
        let path = format!("repos/{}/pulls", self.repository);
        let list = format!("{path}?state=all&per_page=100");
        let body = json!({
            "title": "Greeting", "body": "As decided.", "head": "greet", "base": "main",
        });
        let made = people.write(self.number, &path, &list, &body).await;
        self.pull = made["number"].as_u64();
    }
}
