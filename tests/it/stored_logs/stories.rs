//! The logs of the dump `first_reader`. Together they hold every kind of event, and the histories in which money depends on
//! how a text or a push is read.

use worksample::acceptance::{
    Assessment, ChangeKind, ChangedFile, CommandRun, CriterionResult, Exit, Limit, Output,
    ProbeResult, TestCase, TestOutcome, Verdict,
};
use worksample::ids::SpecDigest;
use worksample::money::{Currency, Money};
use worksample::work_sample::*;

use super::told::*;

const WORK: &str = "refs/heads/work";
const ZERO: char = '0';

pub fn all(spec: &SpecDigest, terms: &Terms) -> Vec<Told> {
    let mut number = 0;
    let mut begin = |name: &'static str| {
        number += 1;
        Told::drafted(name, number, spec, terms.clone())
    };
    let mut logs = Vec::new();

    logs.push(begin("drafted"));
    logs.push(begin("offered").offered());
    let mut log = begin("declined").offered();
    let reason = None;
    log.command(
        key::declined(),
        Actor::Candidate,
        -60,
        EventBody::Declined { reason },
    );
    logs.push(log);
    let mut log = begin("declined_with_reason").offered();
    let reason = Some("No time.".to_owned());
    log.command(
        key::declined(),
        Actor::Candidate,
        -60,
        EventBody::Declined { reason },
    );
    logs.push(log);
    let mut log = begin("expired").offered();
    log.service(key::expired(), 7 * DAY, EventBody::Expired);
    logs.push(log);
    let mut log = begin("cancelled_before_acceptance").offered();
    log.cancelled(-30);
    logs.push(log);
    logs.push(begin("accepted").accepted());
    logs.push(begin("provisioned").provisioned());

    // ── deliveries ──
    let work = |mut log: Told| {
        log.push(DAY, MAIN, '1', 'a', false);
        log
    };
    let begin_work = |log: Told| work(log.provisioned());

    let mut log = begin_work(begin("delivered_on_time"));
    log.comment(DAY + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_late"));
    log.comment(DUE + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_twice"));
    log.comment(DAY + 60, 1, "/deliver");
    log.push(2 * DAY, MAIN, 'a', 'b', false);
    log.comment(2 * DAY + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_on_time_and_late"));
    log.comment(DAY + 60, 1, "/deliver");
    log.push(DUE + 30, MAIN, 'a', 'b', false);
    log.comment(DUE + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_late_twice"));
    log.comment(DUE + 60, 1, "/deliver");
    log.push(DUE + 90, MAIN, 'a', 'b', false);
    log.comment(DUE + 120, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_api_without_sha"));
    log.delivered_by_api(DAY + 60, 1, None);
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_api_with_sha"));
    log.push(DAY + 30, MAIN, 'a', 'b', false);
    log.delivered_by_api(DAY + 60, 1, Some('a'));
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_api_late"));
    log.delivered_by_api(DUE + 60, 1, None);
    logs.push(log);
    let mut log = begin_work(begin("delivered_in_an_edited_comment"));
    let place = log.comment(DAY + 60, 1, "Almost done.");
    log.edit(DAY + 120, &place, "/deliver", Some("Almost done."));
    logs.push(log);
    let mut log = begin_work(begin("delivery_edited_away"));
    let place = log.comment(DAY + 60, 1, "/deliver");
    log.edit(DAY + 120, &place, "Not yet, sorry.", Some("/deliver"));
    logs.push(log);
    let mut log = begin_work(begin("delivery_deleted"));
    let place = log.comment(DAY + 60, 1, "/deliver");
    let body = EventBody::TextDeleted {
        place: place.clone(),
    };
    log.fact(key::text_deleted(&place), dana(), DAY + 90, body);
    logs.push(log);
    let mut log = begin_work(begin("delivered_on_a_pull_request"));
    log.push(DAY + 30, WORK, ZERO, 'b', false);
    log.pull_request(DAY + 40, 2, WORK, 'b', "As decided.");
    log.push(DAY + 50, WORK, 'b', 'c', false);
    let body = EventBody::PullRequestHead {
        number: 2,
        sha: sha('c'),
    };
    log.fact(key::pull_request_head(2, &sha('c')), dana(), DAY + 50, body);
    log.comment(DAY + 60, 2, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_in_the_text_of_a_pull_request"));
    log.push(DAY + 30, WORK, ZERO, 'b', false);
    log.pull_request(DAY + 40, 2, WORK, 'b', "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_full_sha"));
    log.push(DAY + 30, MAIN, 'a', 'b', false);
    log.comment(DAY + 60, 1, &format!("/deliver {}", sha('a')));
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_shortened_sha"));
    log.push(DAY + 30, MAIN, 'a', 'b', false);
    log.comment(DAY + 60, 1, "/deliver aaaaaaa");
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_unknown_shortened_sha"));
    log.comment(DAY + 60, 1, "/deliver ddddddd");
    logs.push(log);
    let mut log = begin_work(begin("delivered_by_unknown_full_sha"));
    log.comment(DAY + 60, 1, &format!("/deliver {}", sha('d')));
    logs.push(log);
    let mut log = begin_work(begin("delivered_before_the_push_is_known"));
    log.push(DAY + 30, WORK, ZERO, 'b', false);
    log.comment(DAY + 60, 9, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("delivered_after_withdrawal"));
    log.withdrawn(DAY + 30);
    log.comment(DAY + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("withdrawn_before_delivery"));
    log.withdrawn(DAY + 30);
    logs.push(log);
    let mut log = begin_work(begin("withdrawn_after_delivery"));
    log.comment(DAY + 30, 1, "/deliver");
    log.withdrawn(DAY + 60);
    logs.push(log);
    let mut log = begin_work(begin("cancelled_before_delivery"));
    log.cancelled(DAY + 30);
    logs.push(log);
    let mut log = begin_work(begin("cancelled_after_delivery"));
    log.comment(DAY + 30, 1, "/deliver");
    log.cancelled(DAY + 60);
    logs.push(log);
    let mut log = begin_work(begin("extended_after_a_late_delivery"));
    log.frozen(DUE, 1, DUE, Some('a'));
    log.service(key::access_reduced(1), DUE, EventBody::AccessReduced);
    log.comment(DUE + 60, 1, "/deliver");
    log.extended(DUE + 120, 1, DUE + DAY);
    log.service(
        key::access_restored(1),
        DUE + 121,
        EventBody::AccessRestored,
    );
    logs.push(log);
    let mut log = begin_work(begin("late_delivery_of_frozen_work"));
    log.frozen(DUE, 1, DUE, Some('a'));
    log.push(DUE + 30, MAIN, 'a', 'b', false);
    log.comment(DUE + 60, 1, "/deliver");
    log.comment(DUE + 90, 1, &format!("/deliver {}", sha('b')));
    logs.push(log);
    let mut log = begin("starter_delivered").provisioned();
    log.comment(60, 1, "/deliver");
    logs.push(log);
    let mut log = begin("starter_delivered_by_api").provisioned();
    log.delivered_by_api(60, 1, None);
    logs.push(log);

    // ── texts that this reader does not read as their authors meant them ──
    for (name, text) in [
        ("unread_delivery_after_a_paragraph", "All done.\n\n/deliver"),
        ("unread_delivery_after_a_greeting", "Hello team,\n/deliver"),
        ("unread_delivery_of_a_branch", "/deliver work"),
        ("unread_synonym", "/submit"),
        ("unread_delivery_in_bold", "**/deliver**"),
        ("unread_delivery_in_capitals", "/DELIVER"),
        ("unread_delivery_after_a_mention", "@team-lead /deliver"),
        ("unread_delivery_in_a_list", "- /deliver"),
        (
            "unread_delivery_after_an_html_comment",
            "<!-- done -->\n/deliver",
        ),
        (
            "unread_delivery_after_a_zero_width_space",
            "\u{200b}/deliver",
        ),
        ("unread_delivery_of_a_tag", "/deliver v1.0"),
        ("unread_delivery_of_a_pull_request", "/deliver #2"),
        (
            "unread_delivery_of_the_next_line",
            "/deliver\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        ),
        (
            "unread_delivery_of_commit_and_sha",
            "/deliver commit bbbbbbbbbbbb",
        ),
        (
            "unread_delivery_of_an_address",
            "/deliver https://github.com/acme-work-samples/ws/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        ),
        ("delivery_with_words_behind_it", "/deliver please"),
        ("quoted_delivery", "> /deliver\n\nWhen shall I do this?"),
        ("delivery_in_code", "```\n/deliver\n```"),
    ] {
        let mut log = begin_work(begin(name));
        log.push(DAY + 30, WORK, ZERO, 'b', false);
        log.pull_request(DAY + 40, 2, WORK, 'b', "As decided.");
        log.comment(DAY + 60, 1, text);
        logs.push(log);
    }
    let mut log = begin_work(begin("team_replies_without_a_command"));
    let question = Place::Issue { number: 3 };
    log.text(
        60,
        dana(),
        &question,
        "Question",
        "/question Does R1 allow a mark?",
    );
    let reply = Place::Comment {
        number: 3,
        comment_id: 300_001,
    };
    log.text(120, team(), &reply, "", "No mark, please. Go on.");
    log.comment(DAY + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("stranger_comments"));
    let place = Place::Comment {
        number: 1,
        comment_id: 300_002,
    };
    let stranger = Actor::GitHub {
        id: 9009,
        login: "passer-by".to_owned(),
    };
    log.text(120, stranger, &place, "", "/deliver");
    logs.push(log);

    // ── facts that recur ──
    let mut log = begin_work(begin("push_recurs"));
    log.push(DAY + 10, MAIN, 'a', 'b', false);
    log.push(DAY + 20, MAIN, 'b', 'a', true);
    log.push(DAY + 30, MAIN, 'a', 'b', false);
    log.comment(DAY + 60, 1, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("branch_recurs"));
    log.push(DAY + 10, WORK, ZERO, 'b', false);
    log.push(DAY + 20, WORK, 'b', ZERO, false);
    log.push(DAY + 30, WORK, ZERO, 'b', false);
    log.pull_request(DAY + 40, 2, WORK, 'b', "As decided.");
    log.comment(DAY + 60, 2, "/deliver");
    logs.push(log);
    let mut log = begin_work(begin("member_recurs"));
    let member = |added: bool| {
        let login = login().to_string();
        if added {
            let id = Some(7007);
            (
                key::member_added(7007),
                EventBody::MemberAdded { login, id },
            )
        } else {
            (
                key::member_removed(7007),
                EventBody::MemberRemoved { login },
            )
        }
    };
    for (minute, added) in [(DAY + 10, false), (DAY + 20, true)] {
        let (key, body) = member(added);
        log.fact(key, team(), minute, body);
    }
    log.comment(DAY + 60, 1, "/deliver");
    logs.push(log);

    // ── decided, paid, put away ──
    let mut log = begin_work(begin("assessed_judged_paid_decided_closed"));
    log.comment(DAY + 60, 1, "/deliver");
    log.service(
        key::assessed(&sha('a')),
        DAY + 70,
        EventBody::Assessed {
            assessment: assessment(spec),
        },
    );
    let verdict = Verdict::Passed;
    log.command(
        key::judged(1),
        rita(),
        DAY + 80,
        EventBody::Judged {
            criterion: "AC-2".parse().unwrap(),
            sha: sha('a'),
            verdict,
            note: "A sentence that a person would say.".to_owned(),
        },
    );
    let note = log.comment(DAY + 81, 1, "I chose a mark.");
    log.command(
        key::reclassified(1),
        rita(),
        DAY + 82,
        EventBody::Reclassified {
            entry: key::text_created(&note),
            kind: EntryKind::Decision,
            note: "It says what was chosen.".to_owned(),
        },
    );
    log.command(
        key::paid(1),
        lea(),
        DAY + 90,
        EventBody::Paid {
            amount: Money::new(2000, Currency::EUR),
            reference: "SEPA 1".to_owned(),
        },
    );
    log.command(
        key::paid(2),
        lea(),
        DAY + 95,
        EventBody::Paid {
            amount: Money::new(3000, Currency::EUR),
            reference: "SEPA 2".to_owned(),
        },
    );
    log.command(
        key::decided(),
        lea(),
        DAY + 100,
        EventBody::Decided {
            outcome: DecisionOutcome::Proceed,
            reason: "Said what was decided and why.".to_owned(),
        },
    );
    log.service(key::access_reduced(1), DAY + 101, EventBody::AccessReduced);
    log.service(
        key::kept(),
        DAY + 102,
        EventBody::Kept {
            sha256: "ab".repeat(32),
            bytes: 4096,
        },
    );
    log.service(
        key::repository_archived(),
        DAY + 103,
        EventBody::RepositoryArchived,
    );
    log.command(key::closed(), lea(), DAY + 110, EventBody::Closed);
    logs.push(log);
    let mut log = begin_work(begin("not_assessable_partly_paid_handed_over"));
    log.comment(DAY + 60, 1, "/deliver");
    log.service(
        key::not_assessable(&sha('a')),
        DAY + 70,
        EventBody::NotAssessable {
            sha: sha('a'),
            reason: "git_failed: the commit is not there".to_owned(),
        },
    );
    log.command(
        key::paid(1),
        lea(),
        DAY + 90,
        EventBody::Paid {
            amount: Money::new(1500, Currency::EUR),
            reference: "SEPA 3".to_owned(),
        },
    );
    log.command(
        key::decided(),
        lea(),
        DAY + 100,
        EventBody::Decided {
            outcome: DecisionOutcome::Stop,
            reason: "Not what we need.".to_owned(),
        },
    );
    log.service(key::nothing_to_keep(), DAY + 101, EventBody::NothingToKeep);
    let to = "acme-archive".parse().unwrap();
    log.service(
        key::repository_handed_over(),
        DAY + 102,
        EventBody::RepositoryHandedOver { to },
    );
    let full_name = "acme-archive/ws".to_owned();
    let action = "transferred".to_owned();
    log.fact(
        key::repository_changed(&action, at(DAY + 103)),
        team(),
        DAY + 103,
        EventBody::RepositoryChanged { action, full_name },
    );
    logs.push(log);
    let mut log = begin_work(begin("frozen_undelivered_decided_deleted"));
    log.frozen(DUE, 1, DUE, None);
    log.service(key::access_reduced(1), DUE, EventBody::AccessReduced);
    log.command(
        key::decided(),
        lea(),
        DUE + 100,
        EventBody::Decided {
            outcome: DecisionOutcome::Discuss,
            reason: "Nothing was delivered.".to_owned(),
        },
    );
    log.service(
        key::repository_deleted(),
        DUE + 200,
        EventBody::RepositoryDeleted,
    );
    logs.push(log);

    // ── invitations and accounts ──
    let mut log = begin("invited_again_under_another_login").provisioned();
    let how = InvitationEnd::Expired;
    log.service(
        key::invitation_ended(500),
        40,
        EventBody::InvitationEnded {
            invitation_id: 500,
            how,
        },
    );
    log.command(
        key::invitation_asked(1),
        Actor::Candidate,
        50,
        EventBody::InvitationAsked,
    );
    log.service(
        key::candidate_invited(None, 1),
        51,
        EventBody::CandidateInvited {
            invitation_id: None,
            account: None,
            sent: None,
        },
    );
    let login = || "dana-d".parse().unwrap();
    log.command(
        key::login_corrected(1),
        lea(),
        60,
        EventBody::LoginCorrected { login: login() },
    );
    log.service(
        key::account_renamed(7007, &login()),
        70,
        EventBody::AccountRenamed {
            account: 7007,
            login: login(),
        },
    );
    log.service(
        key::account_gone(7007),
        80,
        EventBody::AccountGone { account: 7007 },
    );
    log.service(
        key::stuck("invite", 1),
        90,
        EventBody::Stuck {
            step: "invite".to_owned(),
            reason: "no_such_account: GitHub knows no account `dana-d`".to_owned(),
        },
    );
    logs.push(log);

    // ── conversation and sightings ──
    let mut log = begin_work(begin("conversation_by_webhook"));
    let issue = Place::Issue { number: 4 };
    log.text(60, dana(), &issue, "A mark", "/decision with a mark");
    log.fact(
        key::issue_closed(4, at(70)),
        dana(),
        70,
        EventBody::IssueClosed { number: 4 },
    );
    log.fact(
        key::issue_reopened(4, at(80)),
        dana(),
        80,
        EventBody::IssueReopened { number: 4 },
    );
    log.pull_request(DAY, 5, WORK, 'a', "Work");
    let merged = false;
    log.fact(
        key::pull_request_closed(5, at(DAY + 10)),
        dana(),
        DAY + 10,
        EventBody::PullRequestClosed { number: 5, merged },
    );
    log.fact(
        key::pull_request_reopened(5, at(DAY + 20)),
        dana(),
        DAY + 20,
        EventBody::PullRequestReopened { number: 5 },
    );
    log.edit(DAY + 25, &issue, "/decision without a mark", None);
    log.fact(
        key::check_completed(77),
        team(),
        DAY + 30,
        EventBody::CheckCompleted {
            name: "test".to_owned(),
            sha: sha('a'),
            conclusion: "success".to_owned(),
        },
    );
    let body = EventBody::Pushed {
        git_ref: MAIN.to_owned(),
        before: sha('a'),
        after: sha('e'),
        forced: false,
        commits: Vec::new(),
        cut: true,
    };
    log.fact(
        key::pushed(MAIN, &sha('a'), &sha('e')),
        dana(),
        DAY + 40,
        body,
    );
    let body = EventBody::MemberAdded {
        login: "helper".to_owned(),
        id: None,
    };
    log.fact(key::member_added(6006), team(), DAY + 45, body);
    logs.push(log);
    let mut log = begin_work(begin("delivery_seen_by_reconciliation"));
    let place = Place::Comment {
        number: 1,
        comment_id: 400_001,
    };
    log.sighting(
        key::text_seen(&place, at(DAY + 60), "", "/deliver"),
        dana(),
        DAY + 60,
        EventBody::TextSeen {
            place: place.clone(),
            title: String::new(),
            text: "/deliver".to_owned(),
            html_url: format!("{}/issues/1#issuecomment-400001", log.repository().html_url),
            created_at: at(DAY + 60),
            pull: None,
        },
    );
    let pull = Place::PullRequest { number: 6 };
    log.sighting(
        key::text_seen(&pull, at(DAY + 61), "Work", "See the kickoff issue."),
        dana(),
        DAY + 61,
        EventBody::TextSeen {
            place: pull.clone(),
            title: "Work".to_owned(),
            text: "See the kickoff issue.".to_owned(),
            html_url: format!("{}/pull/6", log.repository().html_url),
            created_at: at(DAY + 55),
            pull: Some(PullHead {
                git_ref: WORK.to_owned(),
                sha: sha('a'),
            }),
        },
    );
    let gone = Place::Comment {
        number: 1,
        comment_id: 400_002,
    };
    log.text(DAY + 62, dana(), &gone, "", "Wrong thread.");
    log.sighting(
        key::text_gone(&gone),
        dana(),
        DAY + 70,
        EventBody::TextGone {
            place: gone.clone(),
        },
    );
    let name = "dana-diligent".to_owned();
    log.sighting(
        key::member_seen(7007),
        dana(),
        DAY + 71,
        EventBody::MemberSeen {
            id: 7007,
            login: name.clone(),
        },
    );
    log.sighting(
        key::member_gone(7007),
        dana(),
        DAY + 72,
        EventBody::MemberGone {
            id: 7007,
            login: name,
        },
    );
    let full_name = log.repository().full_name;
    let (private, archived) = (true, false);
    log.sighting(
        key::repository_seen(at(DAY + 73), &full_name, private, archived),
        Actor::Service,
        DAY + 73,
        EventBody::RepositorySeen {
            full_name,
            private,
            archived,
        },
    );
    log.sighting(
        key::repository_gone(at(DAY + 74)),
        Actor::Service,
        DAY + 74,
        EventBody::RepositoryGone,
    );
    logs.push(log);
    logs
}

fn run(exit: Exit) -> CommandRun {
    CommandRun {
        command: vec!["sh".to_owned(), "checks/greets.sh".to_owned()],
        exit,
        duration_ms: 12,
        stdout: Output {
            head: "hello".to_owned(),
            tail: String::new(),
            bytes: 5,
        },
        stderr: Output::default(),
    }
}

/// One with everything in it.
fn assessment(spec: &SpecDigest) -> Assessment {
    Assessment {
        sha: sha('a'),
        spec: spec.clone(),
        sandbox: "namespaces, 512 MB".to_owned(),
        started_at: at(DAY + 65),
        build: Some(run(Exit::Code { code: 0 })),
        results: vec![
            CriterionResult {
                criterion: "AC-1".parse().unwrap(),
                verdict: Verdict::Passed,
                because: "it ended with code 0".to_owned(),
                run: Some(run(Exit::Code { code: 0 })),
                tests: vec![TestCase {
                    name: "greets".to_owned(),
                    outcome: TestOutcome::Failed,
                    message: "no greeting".to_owned(),
                }],
            },
            CriterionResult {
                criterion: "AC-2".parse().unwrap(),
                verdict: Verdict::Open,
                because: "it waits for a reviewer".to_owned(),
                run: None,
                tests: Vec::new(),
            },
        ],
        probes: vec![ProbeResult {
            gap: "G1".parse().unwrap(),
            built: Some("with-mark".parse().unwrap()),
            because: "it printed `built: with-mark`".to_owned(),
            run: run(Exit::LimitReached {
                limit: Limit::WallTime,
            }),
        }],
        changed_files: vec![ChangedFile {
            path: "greeting.txt".to_owned(),
            change: ChangeKind::Modified,
            added: 1,
            removed: 1,
        }],
    }
}
