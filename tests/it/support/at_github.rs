//! A candidate and the team at GitHub: they comment, push and answer, with git and GitHub's API.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use worksample::git::Remote;
use worksample::github::Person;
use worksample::ids::{CommitSha, WorkSampleId};
use worksample::rehearsal::World;
use worksample::spec::forms::Form;
use worksample::workflow::show;

pub struct AtGitHub<'w> {
    world: &'w World,
    pub candidate: Person,
    pub team: Person,
    /// The repository's name at GitHub.
    pub full_name: String,
    /// The kickoff issue.
    pub kickoff: u64,
    clone: PathBuf,
    remote: Remote,
}

impl<'w> AtGitHub<'w> {
    /// The candidate, whose account this token is of, accepts the invitation and clones the repository.
    pub async fn join(world: &'w World, id: &WorkSampleId, token: &str) -> AtGitHub<'w> {
        let (work_sample, _) = show::work_sample(&world.services, id).await.unwrap();
        let full_name = work_sample.provisioning.repository.unwrap().full_name;
        let connect = |token: SecretString| {
            let clock = world.services.clock.clone();
            Person::connect(&world.people_url, &world.org, token, clock).unwrap()
        };
        let team = world.stand_in.add_member("lea-lead", "Lea Lead").unwrap();
        let candidate = connect(token.to_owned().into());
        candidate.accept_invitation(&full_name).await.unwrap();
        let remote = Remote {
            url: candidate.clone_url(&full_name).await.unwrap(),
            token: token.to_owned().into(),
        };
        let clone = world.clone_dir(id.as_str());
        world.git.clone_into(&clone, &remote).await.unwrap();
        world.settle().await.unwrap();
        AtGitHub {
            team: connect(team.into()),
            kickoff: work_sample.provisioning.kickoff.unwrap(),
            world,
            candidate,
            full_name,
            clone,
            remote,
        }
    }

    /// The candidate comments on an issue or pull request; the comment's id.
    pub async fn comments(&self, number: u64, text: &str) -> u64 {
        let comment = self.candidate.comment(&self.full_name, number, text).await;
        self.world.settle().await.unwrap();
        comment.unwrap()
    }

    /// The team comments on an issue or pull request.
    pub async fn team_comments(&self, number: u64, text: &str) {
        let comment = self.team.comment(&self.full_name, number, text).await;
        comment.unwrap();
        self.world.settle().await.unwrap();
    }

    /// The candidate fills in an issue form; the issue's number.
    pub async fn files(&self, form: Form, title: &str, answers: &[(&str, &str)]) -> u64 {
        let answers: BTreeMap<String, String> = answers
            .iter()
            .map(|(label, text)| ((*label).to_owned(), (*text).to_owned()))
            .collect();
        let title = format!("{}{title}", form.title_prefix());
        let opened = self
            .candidate
            .open_issue(&self.full_name, &title, &form.render(&answers))
            .await;
        self.world.settle().await.unwrap();
        opened.unwrap()
    }

    /// The candidate pushes the greeting on a branch and opens a pull request: its number, and the commit.
    pub async fn pushes(&self, greeting: &str) -> (u64, CommitSha) {
        let git = &self.world.git;
        git.create_branch(&self.clone, "greet").await.unwrap();
        let sha = self.pushes_again(greeting).await;
        let number = self
            .candidate
            .open_pull_request(&self.full_name, "greet", "main", "Greet", "As decided.")
            .await
            .unwrap();
        self.world.settle().await.unwrap();
        (number, sha)
    }

    /// Another commit on the branch of [`Self::pushes`].
    pub async fn pushes_again(&self, greeting: &str) -> CommitSha {
        let git = &self.world.git;
        tokio::fs::write(self.clone.join("greeting.txt"), greeting)
            .await
            .unwrap();
        let author = ("Ada", "ada@users.noreply.invalid");
        let sha = git
            .commit_all(&self.clone, "Greet", author, self.world.now())
            .await
            .unwrap();
        git.push(&self.clone, &self.remote, "greet", false)
            .await
            .unwrap();
        self.world.settle().await.unwrap();
        sha
    }
}
