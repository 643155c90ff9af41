//! What the service knows, beside what happened at GitHub.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use worksample::ids::CommitSha;
use worksample::spec::candidate::KICKOFF_MARKER;
use worksample::stand_in::FaultPlan;
use worksample::work_sample::{EntryKind, Place, State, WorkSample};
use worksample::workflow::show;

use super::candidate::{Candidate, Kind};
use super::people::People;
use super::season::{ORG, Season};

fn requests(season: &Season) -> u64 {
    season.stand_in.calls().values().sum()
}

/// Compares each work sample with its repository, and counts. Nothing goes wrong meanwhile.
pub async fn everything(season: &mut Season, cast: &[Candidate], is_last: bool) {
    let met = season.stand_in.faults_met();
    let of_requests = met.iter().filter(|one| one.what.contains(' ')).count();
    assert!(of_requests > 0, "nothing went wrong in this run");
    let before = requests(season);
    season.stand_in.set_faults(FaultPlan::default()).unwrap();

    let repositories = all(season, &format!("orgs/{ORG}/repos")).await;
    let made: BTreeSet<&str> = repositories
        .iter()
        .map(|one| one["full_name"].as_str().unwrap())
        .collect();
    let known: BTreeSet<&str> = cast.iter().map(|one| one.repository.as_str()).collect();
    assert_eq!(made, known, "no repository is doubled, orphaned or missing");
    assert_eq!(repositories.len(), cast.len());

    let (mut texts, mut pushes) = (0, 0);
    for candidate in cast {
        let there = AtGitHub::of(season, candidate).await;
        let (known, _) = show::work_sample(&season.services, &candidate.id)
            .await
            .unwrap();
        there.is_what(&known, candidate, is_last);
        texts += there.texts.len();
        pushes += there.pushes.len();
        if is_last {
            let more = season.passes(&candidate.id).await;
            assert_eq!(more, 0, "nothing is left to find");
        }
    }
    let played = before - season.compared;
    season.compared = requests(season) - played;
    let refused = season.stand_in.refused_by_limits();
    let figures = &mut season.figures;
    figures.runs += cast.len();
    figures.requests = played;
    figures.faults += of_requests;
    figures.webhook_faults += met.len() - of_requests;
    if is_last {
        figures.candidates += cast.len();
        figures.refused += refused;
        figures.texts += texts;
        figures.pushes += pushes;
    }
}

/// All pages of a list.
async fn all(season: &Season, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let sep = if path.contains('?') { '&' } else { '?' };
    for page in 1.. {
        let path = format!("{path}{sep}per_page=100&page={page}");
        let more = season.people.shown(&path).await;
        let last = more.len() < 100;
        all.extend(more);
        if last {
            return all;
        }
    }
    all
}

/// Title, text and author.
type Text = (String, String, String);

struct AtGitHub {
    texts: BTreeMap<Place, Text>,
    /// Ref and commit.
    pushes: BTreeSet<(String, CommitSha)>,
    kickoffs: Vec<u64>,
    invitations: usize,
    members: BTreeSet<String>,
}

fn text(one: &Value) -> Text {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        word(&one["title"]),
        word(&one["body"]),
        word(&one["user"]["login"]),
    )
}

impl AtGitHub {
    async fn of(season: &Season, candidate: &Candidate) -> AtGitHub {
        let name = &candidate.repository;
        let list = async |path: &str| all(season, &format!("repos/{name}/{path}")).await;
        let mut texts = BTreeMap::new();
        let mut kickoffs = Vec::new();
        for issue in list("issues?state=all").await {
            let number = issue["number"].as_u64().unwrap();
            let place = if issue.get("pull_request").is_some() {
                Place::PullRequest { number }
            } else {
                Place::Issue { number }
            };
            if text(&issue).1.contains(KICKOFF_MARKER) && issue["state"] == "open" {
                kickoffs.push(number);
            }
            texts.insert(place, text(&issue));
        }
        for comment in list("issues/comments").await {
            let issue = comment["issue_url"].as_str().unwrap();
            let number = issue.rsplit('/').next().unwrap().parse().unwrap();
            let comment_id = comment["id"].as_u64().unwrap();
            texts.insert(Place::Comment { number, comment_id }, text(&comment));
        }
        let activity = season
            .people
            .service(
                Method::GET,
                &format!("repos/{name}/activity?per_page=100"),
                None,
            )
            .await;
        let pushes = activity.unwrap();
        let pushes = pushes.as_array().unwrap().iter().map(|one| {
            let word = |key: &str| one[key].as_str().unwrap().to_owned();
            (word("ref"), word("after").parse().unwrap())
        });
        AtGitHub {
            texts,
            pushes: pushes.collect(),
            kickoffs,
            invitations: list("invitations").await.len(),
            members: list("collaborators?affiliation=outside")
                .await
                .iter()
                .map(|one| one["login"].as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// Nothing is lost, nothing doubled, nothing invented.
    fn is_what(&self, known: &WorkSample, candidate: &Candidate, is_last: bool) {
        let who = format!("{} in {}", candidate.id, candidate.repository);
        let standing: Vec<(&Place, Text)> = known
            .entries
            .iter()
            .filter(|entry| entry.deleted_at.is_none())
            .map(|entry| {
                let text = (entry.title.clone(), entry.text.clone(), entry.login.clone());
                (&entry.place, text)
            })
            .collect();
        let texts: BTreeMap<Place, Text> = standing
            .iter()
            .map(|(place, text)| ((*place).clone(), text.clone()))
            .collect();
        assert_eq!(texts.len(), standing.len(), "{who}: a text is there twice");
        assert_eq!(texts, self.texts, "{who}");
        for entry in known.entries.iter().filter(|one| one.deleted_at.is_some()) {
            let Place::Comment { comment_id, .. } = entry.place else {
                panic!("{who}: {:?} was not deleted", entry.place);
            };
            assert!(candidate.deleted.contains(&comment_id), "{who}");
        }

        let pushes: BTreeSet<(String, CommitSha)> = known
            .pushes
            .iter()
            .map(|push| (push.git_ref.clone(), push.after.clone()))
            .collect();
        assert_eq!(
            pushes.len(),
            known.pushes.len(),
            "{who}: a push is there twice"
        );
        assert_eq!(pushes, self.pushes, "{who}");

        assert_eq!(
            self.kickoffs,
            [known.provisioning.kickoff.unwrap()],
            "{who}"
        );
        assert_eq!(self.invitations, 0, "{who}: it was accepted");
        let login = People::login(candidate.number);
        assert_eq!(self.members, BTreeSet::from([login.clone()]), "{who}");
        let members: Vec<&str> = known
            .members
            .iter()
            .filter(|member| !member.left)
            .map(|member| member.login.as_str())
            .collect();
        assert_eq!(members, [login], "{who}");
        assert!(
            known.whereabouts.there && known.whereabouts.private,
            "{who}"
        );
        assert!(known.stuck.is_empty(), "{who}: {:?}", known.stuck);

        let notices = known.entries_of(EntryKind::Notice).count();
        // A misread command and each delivery are answered once. Who only talks asks for the starter and confirms it: if the
        // confirmation comes before the first answer was posted, the first needs none.
        let delivered = match (is_last, candidate.kind) {
            (false, _) => 0..=0,
            (true, Kind::Talk) => 1..=2,
            (true, Kind::Whole) => 1..=1,
        };
        let answers = notices.checked_sub(candidate.misread);
        assert!(
            answers.is_some_and(|answers| delivered.contains(&answers)),
            "{who}: {notices} answers, {} of them to misread commands",
            candidate.misread
        );
        assert_eq!(known.comments.len(), notices, "{who}: answers");

        assert_eq!(known.state == State::Delivered, is_last, "{who}");
        if !is_last {
            return;
        }
        let delivered = known.effective_delivery().and_then(|one| one.sha.as_ref());
        let of = match candidate.kind {
            Kind::Talk => "refs/heads/main",
            Kind::Whole => "refs/heads/greet",
        };
        let last = known.pushes.iter().rev().find(|push| push.git_ref == of);
        assert_eq!(delivered, last.map(|push| &push.after), "{who}");
    }
}
