//! A rich work sample told event by event, for tests of reports: everything a report can show happens in it.

use chrono::{Duration, TimeDelta};

use worksample::acceptance::*;
use worksample::clock::Timestamp;
use worksample::ids::{CommitSha, SpecDigest, WorkSampleId};
use worksample::spec::{File, Folder, SpecVersion};
use worksample::work_sample::*;

const MAIN: &str = "refs/heads/main";
const NOBODY: &str = "0000000000000000000000000000000000000000";

pub fn version() -> SpecVersion {
    let files = [
        ("spec.toml", include_str!("fixtures/report/spec.toml")),
        ("brief.md", include_str!("fixtures/report/brief.md")),
    ];
    let files = files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), File::text(text)))
        .collect();
    SpecVersion::read_unchecked(Folder { files }).unwrap()
}

/// `"2 10:30"`: day of March 2026 and time.
fn at(moment: &str) -> Timestamp {
    let (day, time) = moment.split_once(' ').unwrap();
    format!("2026-03-{day:0>2}T{time}:00Z").parse().unwrap()
}

fn sha(name: &str) -> CommitSha {
    let digest = SpecDigest::of(name.as_bytes());
    digest.as_str()[7..47].parse().unwrap()
}

pub fn dana() -> Actor {
    Actor::GitHub {
        id: 7,
        login: "dana-diligent".to_owned(),
    }
}

pub fn lee() -> Actor {
    Actor::GitHub {
        id: 8,
        login: "lee-lead".to_owned(),
    }
}

fn lead() -> Actor {
    Actor::Lead {
        name: "Lee Lead".to_owned(),
    }
}

fn rae() -> Actor {
    Actor::Reviewer {
        name: "Rae Reviewer".to_owned(),
    }
}

#[derive(Default)]
pub struct Story {
    happenings: Vec<Happening>,
    comments: u64,
    head: Option<CommitSha>,
}

impl Story {
    /// Says what the candidate reads with the decision.
    pub fn with_feedback(&mut self, text: &str) -> &mut Self {
        for happening in &mut self.happenings {
            if let EventBody::Decided { feedback, .. } = &mut happening.body {
                *feedback = Some(text.to_owned());
            }
        }
        self
    }

    pub fn add(&mut self, key: NaturalKey, actor: Actor, when: &str, body: EventBody) -> &mut Self {
        self.happenings.push(Happening {
            key,
            actor,
            occurred_at: at(when),
            body,
        });
        self
    }

    pub fn issue(
        &mut self,
        actor: Actor,
        number: u64,
        when: &str,
        title: &str,
        text: &str,
    ) -> &mut Self {
        let place = Place::Issue { number };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: title.to_owned(),
            text: text.to_owned(),
            html_url: format!("https://github.com/acme-samples/dana/issues/{number}"),
            pull: None,
        };
        self.add(key::text_created(&place), actor, when, body)
    }

    pub fn comment(&mut self, actor: Actor, number: u64, when: &str, text: &str) -> Place {
        self.comments += 1;
        let comment_id = 900 + self.comments;
        let place = Place::Comment { number, comment_id };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: String::new(),
            text: text.to_owned(),
            html_url: format!(
                "https://github.com/acme-samples/dana/issues/{number}#issuecomment-{comment_id}"
            ),
            pull: None,
        };
        self.add(key::text_created(&place), actor, when, body);
        place
    }

    pub fn edit(&mut self, place: &Place, when: &str, title: &str, text: &str) -> &mut Self {
        let body = EventBody::TextEdited {
            place: place.clone(),
            title: title.to_owned(),
            text: text.to_owned(),
            before: None,
        };
        self.add(key::text_edited(place, at(when)), dana(), when, body)
    }

    /// A push to main of commits with these messages, each claiming to be an hour old.
    pub fn push(&mut self, when: &str, forced: bool, messages: &[&str]) -> &mut Self {
        let before = self.head.clone().unwrap_or_else(|| NOBODY.parse().unwrap());
        let commits: Vec<CommitClaim> = messages
            .iter()
            .map(|message| CommitClaim {
                sha: sha(message),
                message: (*message).to_owned(),
                author: "Dana Diligent <dana@example.org>".to_owned(),
                authored_at: Some(at(when) - Duration::hours(1)),
                added: vec![],
                modified: vec!["src/orders/store.rs".to_owned()],
                removed: vec![],
            })
            .collect();
        let after = sha(messages.last().unwrap());
        self.head = Some(after.clone());
        let key = key::pushed(MAIN, &before, &after);
        let body = EventBody::Pushed {
            git_ref: MAIN.to_owned(),
            before,
            after,
            forced,
            commits,
            cut: false,
            occurrence: Occurrence::FIRST,
        };
        self.add(key, dana(), when, body)
    }

    /// The log, in the order told.
    pub fn events(&self) -> Vec<Event> {
        log_of(&self.happenings)
    }

    /// Records pending deliveries, as the service does after a look at GitHub.
    pub fn settle(&mut self) {
        let ws = self.fold();
        let (names, commits) = records::questions(&ws);
        let looked_up = records::LookedUp {
            names: names.into_iter().map(|name| (name, None)).collect(),
            starters: commits.into_iter().map(|sha| (sha, false)).collect(),
        };
        let last = self.happenings.iter().map(|one| one.occurred_at).max();
        let at = last.unwrap() + TimeDelta::seconds(20);
        self.happenings
            .extend(records::settle(&ws, &looked_up, None, at));
    }

    pub fn fold(&self) -> WorkSample {
        fold(&self.events()).unwrap()
    }

    /// The same facts of GitHub's in another order and learnt from elsewhere; what the service itself did keeps its order,
    /// for only the service writes it.
    pub fn shuffled(&self, by: &[usize]) -> Vec<Event> {
        let (mut facts, lifecycle): (Vec<Happening>, Vec<Happening>) = self
            .happenings
            .iter()
            .cloned()
            .partition(|one| one.body.is_github_fact());
        for (index, other) in by.iter().enumerate() {
            let (a, b) = (index % facts.len(), other % facts.len());
            facts.swap(a, b);
        }
        let mut mixed = lifecycle;
        for (index, fact) in facts.into_iter().enumerate() {
            // Never before the first event, which must stay `drafted`.
            let place = 1 + by.get(index).copied().unwrap_or(index) % mixed.len();
            mixed.insert(place, fact);
        }
        let mut events = log_of(&mixed);
        for (index, event) in events.iter_mut().enumerate() {
            event.source = Source::Reconciliation;
            event.received_at += Duration::minutes(by.get(index).copied().unwrap_or(7) as i64 % 90);
        }
        events
    }
}

fn log_of(happenings: &[Happening]) -> Vec<Event> {
    let id: WorkSampleId = "ws_019caf0c6b7e7d2c9f3e5a1b2c3d4e5f".parse().unwrap();
    (1..)
        .zip(happenings)
        .map(|(seq, happening)| Event {
            work_sample: id.clone(),
            seq,
            happening: happening.clone(),
            received_at: happening.occurred_at + TimeDelta::seconds(2),
            source: Source::Webhook,
        })
        .collect()
}

/// Offered, accepted, ready: all before anybody works.
pub fn ready() -> Story {
    let version = version();
    let mut story = Story::default();
    let drafted = EventBody::Drafted {
        spec: version.digest.clone(),
        candidate: "Dana Diligent".to_owned(),
        email: Some("dana@example.org".to_owned()),
        terms: terms_of(&version.spec, &worksample::spec::OfferDefaults::default()),
        organization: None,
        looks_up_sides: false,
    };
    let repository = Repository {
        id: 1,
        full_name: "acme-samples/dana".to_owned(),
        html_url: "https://github.com/acme-samples/dana".to_owned(),
        default_branch: "main".to_owned(),
    };
    story.head = Some(sha("first"));
    let accepted = EventBody::Accepted {
        login: "dana-diligent".parse().unwrap(),
        due_at: at("6 17:00"),
        terms_sha256: None,
    };
    story
        .add(key::drafted(), lead(), "1 16:00", drafted)
        .add(key::offered(), lead(), "1 16:05", EventBody::Offered { expires_at: at("8 16:05") })
        .add(key::accepted(), Actor::Candidate, "2 08:58", accepted)
        .add(key::repository_created(), Actor::Service, "2 08:59", EventBody::RepositoryCreated { repository })
        .add(key::first_commit_pushed(), Actor::Service, "2 09:00", EventBody::FirstCommitPushed { sha: sha("first") })
        .add(key::candidate_invited(Some(5), 0), Actor::Service, "2 09:00", EventBody::CandidateInvited { invitation_id: Some(5), account: None, sent: None })
        .issue(
            Actor::GitHub { id: 1, login: "worksample[bot]".to_owned() },
            1,
            "2 09:01",
            "Kickoff: orders that may be sent twice",
            "Welcome, Dana.\n<!-- worksample:kickoff ws_019caf0c6b7e7d2c9f3e5a1b2c3d4e5f -->\nPlease write your understanding memo below.",
        )
        .add(key::kickoff_opened(), Actor::Service, "2 09:01", EventBody::KickoffOpened { number: 1 })
        .add(key::provisioned(), Actor::Service, "2 09:01", EventBody::Provisioned)
        .add(key::member_added(7), dana(), "2 09:40", EventBody::MemberAdded { login: "dana-diligent".to_owned(), id: Some(7), sent_at: None });
    story
}

/// A whole work sample of a candidate who keeps the team in the picture.
pub fn rich() -> Story {
    let mut story = ready();
    first_days(&mut story);
    last_days(&mut story);
    story.settle();
    aftermath(&mut story);
    story
}

fn first_days(story: &mut Story) {
    story.comment(
        dana(),
        1,
        "2 10:20",
        "### What I understood\n\nA retried `POST /orders` must be safe: one key, one order, one answer (R1, R2), also after a restart (R3).\n\n\
         ### Open questions\n\n- What the second request gets while the first is running\n- Retention of keys\n\n\
         ### My approach\n\nA table of keys beside the orders, written in the same transaction. Tests first.",
    );
    story
        .push("2 11:05", false, &["Replay tests, failing"])
        .issue(
            dana(),
            2,
            "2 11:30",
            "Question: What does a second request get in flight?",
            "### Clause\n\nR4\n\n### What I already know\n\nR4 says that one order is created. It does not say what the *second* caller gets while the first is still running.\n\n\
             ### My own assessment\n\n`409` with `Retry-After`: waiting ties up a connection and hides the double click from the client.\n\n\
             ### What I do if I hear nothing\n\nI build `409` and keep it in one place.\n\n### Blocking?\n\nNo",
        )
        .push("2 15:42", false, &["Keep keys beside orders", "Answer a replay from the kept response", "Refuse another body"]);
    story.comment(
        lee(),
        2,
        "2 16:45",
        "/answer\nGood reading. Do `409` with `Retry-After: 1`; clients already know it.",
    );
    story
        .issue(
            dana(),
            3,
            "2 17:10",
            "Progress: replay works",
            "### Done\n\nR1 and R2, with tests.\n\n### Next\n\nRestart (R3).\n\n### Blocked\n\n_No response_\n\n### Changed estimate\n\nStill 6 h.",
        )
        .push("3 09:15", false, &["Keys outlive a restart"])
        .issue(
            dana(),
            4,
            "3 09:50",
            "Decision: keys expire after a day",
            "### Clause\n\nR3\n\n### What the spec leaves open\n\nHow long keys are kept.\n\n### Options\n\n1. For ever: simple, the table grows\n2. One day: what payment providers do\n\n\
             ### What I chose and why\n\nOne day. Retries come within minutes; a key that lives for ever is a leak. The constant is `KEY_TTL` in `src/orders/keys.rs`.",
        );
    story.comment(
        lee(),
        4,
        "3 14:05",
        "/confirm\nAgreed, and thank you for naming the constant.",
    );
    story.issue(
        dana(),
        5,
        "3 15:00",
        "Question: may the schema get a column?",
        "### Clause\n\nN2\n\n### What I already know\n\nN2 forbids another storage engine. A column is not an engine, but it is a migration.\n\n### My own assessment\n\nA column is fine.\n\n\
         ### What I do if I hear nothing\n\n_No response_\n\n### Blocking?\n\nYes, the next step needs it.",
    );
    let note = story.comment(
        dana(),
        5,
        "3 15:20",
        "Sorry, I meant the `orders` table, not `customers`.",
    );
    story.edit(&note, "3 15:24", "", "To be exact: the `orders` table.");
}

fn last_days(story: &mut Story) {
    story.comment(
        lee(),
        5,
        "4 09:30",
        "/answer\nYes. Add the column, keep the migration reversible.",
    );
    story
        .push(
            "4 11:20",
            false,
            &["Migration with a way back", "Two at once create one"],
        )
        .push(
            "4 11:48",
            true,
            &["Two at once create one order, with a test that races"],
        );
    let update = Place::Issue { number: 6 };
    story.issue(
        dana(),
        6,
        "4 12:10",
        "Progress: race",
        "### Done\n\nR4 with a test that races 50 requests.\n\n### Next\n\nClean up and deliver.\n\n### Blocked\n\nNo.\n\n### Changed estimate\n\n+1 h",
    );
    story.edit(
        &update,
        "4 12:15",
        "Progress: race",
        "### Done\n\nR4 with a test that races 100 requests.\n\n### Next\n\nClean up and deliver on Friday.\n\n### Blocked\n\nNo.\n\n### Changed estimate\n\n+1 h",
    );
    story.issue(
        dana(),
        7,
        "5 08:40",
        "Decision: a log line for each replay",
        "### Clause\n\nR1\n\n### What the spec leaves open\n\nWhether a replay is visible to operators.\n\n### Options\n\nLog it, count it, or nothing.\n\n### What I chose and why\n\nA log line; it touches `src/log.rs`, outside the boundary, by two lines.",
    );
    story.comment(lee(), 7, "5 10:00", "/redirect\nPlease count it in the existing metric instead, a log line per replay is noise for us.");
    let private = story.comment(
        dana(),
        7,
        "5 10:05",
        "Hm, that is more work than I thought.",
    );
    story.add(
        key::text_deleted(&private),
        dana(),
        "5 10:09",
        EventBody::TextDeleted {
            place: private.clone(),
        },
    );
    story
        .push("5 13:10", false, &["Count replays", "Readme: how keys work", "Tidy"])
        .issue(
            dana(),
            8,
            "5 13:30",
            "Question: is a refused order remembered?",
            "### Clause\n\nR1\n\n### What I already know\n\nR1 speaks of orders that were created.\n\n### My own assessment\n\nA validation error should leave the key free.\n\n### What I do if I hear nothing\n\nI leave the key free.\n\n### Blocking?\n\nNo",
        );
    let finished = key::check_completed(44);
    let check = EventBody::CheckCompleted {
        name: "test".to_owned(),
        sha: sha("Tidy"),
        conclusion: "success".to_owned(),
        occurrence: Occurrence::FIRST,
    };
    story.add(
        finished,
        Actor::GitHub {
            id: 2,
            login: "github-actions[bot]".to_owned(),
        },
        "5 13:16",
        check,
    );
    story.comment(
        dana(),
        1,
        "5 16:20",
        "/deliver\nAll of R1 to R4. I used an assistant for the test names only.",
    );
}

fn aftermath(story: &mut Story) {
    let sha = sha("Tidy");
    let judged = EventBody::Judged {
        criterion: "AC-5".parse().unwrap(),
        sha: sha.clone(),
        verdict: Verdict::Passed,
        note: "I would take it. `keys.rs` reads like prose; the sweep could be *one* statement."
            .to_owned(),
    };
    let version = version();
    let paid = EventBody::Paid {
        amount: version.spec.pay(),
        reference: "SEPA 2026-03-09/17".to_owned(),
    };
    let decided = EventBody::Decided {
        outcome: DecisionOutcome::Proceed,
        reason: "Reads a spec closely, asks early, and takes a redirection without drama. The unanswered question is on us.".to_owned(), feedback: None, feedback_refused: false, };
    let stuck = EventBody::Stuck {
        step: "assess".to_owned(),
        reason: "the sandbox refused to start: user namespaces are restricted".to_owned(),
    };
    story
        .add(key::stuck("assess", 1), Actor::Service, "5 16:22", stuck)
        .add(
            key::assessed(&sha),
            Actor::Service,
            "5 16:50",
            EventBody::Assessed {
                assessment: assessment(&sha),
            },
        )
        .add(key::judged(1), rae(), "6 10:00", judged)
        .add(key::paid(1), lead(), "9 09:00", paid)
        .add(key::decided(), lead(), "9 15:30", decided)
        .add(key::closed(), lead(), "9 15:31", EventBody::Closed);
}

pub fn run(command: &[&str], exit: Exit, stdout: &str, stderr: &str) -> CommandRun {
    let output = |text: &str| Output {
        head: text.to_owned(),
        tail: String::new(),
        bytes: text.len() as u64,
    };
    CommandRun {
        command: command.iter().map(|part| (*part).to_owned()).collect(),
        exit,
        duration_ms: 2_431,
        stdout: output(stdout),
        stderr: output(stderr),
    }
}

fn assessment(sha: &CommitSha) -> Assessment {
    let ok = Exit::Code { code: 0 };
    let result = |id: &str, verdict, because: &str, run, tests| CriterionResult {
        criterion: id.parse().unwrap(),
        verdict,
        because: because.to_owned(),
        run,
        tests,
    };
    let test = |name: &str, outcome, message: &str| TestCase {
        name: name.to_owned(),
        outcome,
        message: message.to_owned(),
    };
    let probe = |gap: &str, built: Option<&str>, because: &str, stdout: &str| ProbeResult {
        gap: gap.parse().unwrap(),
        built: built.map(|id| id.parse().unwrap()),
        because: because.to_owned(),
        run: run(
            &["sh", "acceptance/probe.sh"],
            Exit::Code { code: 0 },
            stdout,
            "",
        ),
    };
    let file = |path: &str, change, added, removed| ChangedFile {
        path: path.to_owned(),
        change,
        added,
        removed,
    };
    Assessment {
        sha: sha.clone(),
        spec: version().digest,
        sandbox: "Sandbox: no network, read-only system, 120 s, 2048 MiB, 128 processes."
            .to_owned(),
        started_at: at("5 16:50"),
        build: Some(run(
            &["cargo", "build", "--offline"],
            ok.clone(),
            "",
            "   Compiling orders v0.3.0\n    Finished in 6.1s\n",
        )),
        results: vec![
            result(
                "AC-1",
                Verdict::Passed,
                "It ended with exit code 0 and all 3 tests passed.",
                Some(run(
                    &["cargo", "test", "--offline", "--test", "replay"],
                    ok.clone(),
                    "running 3 tests\ntest result: ok. 3 passed\n",
                    "",
                )),
                vec![
                    test("replay::same_status", TestOutcome::Passed, ""),
                    test("replay::same_body", TestOutcome::Passed, ""),
                    test("replay::nothing_created", TestOutcome::Passed, ""),
                ],
            ),
            result(
                "AC-2",
                Verdict::Passed,
                "It ended with exit code 0.",
                Some(run(
                    &["cargo", "test", "--offline", "--test", "conflict"],
                    ok.clone(),
                    "test result: ok. 2 passed\n",
                    "",
                )),
                vec![],
            ),
            result(
                "AC-3",
                Verdict::Passed,
                "It ended with exit code 0.",
                Some(run(
                    &["sh", "acceptance/restart.sh", "--orders", "20 at once"],
                    ok,
                    "20 keys before, 20 keys after\n",
                    "",
                )),
                vec![],
            ),
            result(
                "AC-4",
                Verdict::Failed,
                "It ended with exit code 101; 1 of 2 tests failed.",
                Some(run(
                    &["cargo", "test", "--offline", "--test", "race"],
                    Exit::Code { code: 101 },
                    "\u{1b}[31mtest race::across_processes ... FAILED\u{1b}[0m\n",
                    "thread 'race::across_processes' panicked at tests/race.rs:41:\nassertion `left == right` failed\n  left: 2\n right: 1\n",
                )),
                vec![
                    test("race::within_a_process", TestOutcome::Passed, ""),
                    test(
                        "race::across_processes",
                        TestOutcome::Failed,
                        "assertion `left == right` failed\n  left: 2\n right: 1",
                    ),
                ],
            ),
            result(
                "AC-5",
                Verdict::Open,
                "A reviewer looks at it.",
                None,
                vec![],
            ),
            result(
                "AC-6",
                Verdict::Passed,
                "The candidate's CI reports success for “test”.",
                None,
                vec![],
            ),
        ],
        probes: vec![
            probe(
                "G1",
                Some("one-day"),
                "It printed `built: one-day`.",
                "built: one-day\n",
            ),
            probe(
                "G2",
                Some("refuse"),
                "It printed `built: refuse`.",
                "built: refuse\n",
            ),
        ],
        changed_files: vec![
            file("tests/race.rs", ChangeKind::Added, 74, 0),
            file("src/orders/keys.rs", ChangeKind::Added, 132, 0),
            file("src/orders/store.rs", ChangeKind::Modified, 41, 12),
            file("src/log.rs", ChangeKind::Modified, 2, 0),
        ],
    }
}
