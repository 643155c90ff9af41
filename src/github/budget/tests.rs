use proptest::prelude::*;

use super::*;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn ask(holder: &str, urgency: Urgency, writes: Writes) -> Ask {
    Ask {
        holder: holder.to_owned(),
        process: "one".to_owned(),
        urgency,
        reads: u32::from(writes == Writes::Nothing),
        writes,
    }
}

fn bulk(holder: &str, then: u32) -> Ask {
    ask(holder, Urgency::Bulk, Writes::Creates { then })
}

fn answer() -> Ask {
    ask("an answer", Urgency::People, Writes::Creates { then: 0 })
}

fn waits(verdict: &Verdict) -> Option<Timestamp> {
    match verdict {
        Verdict::Go => None,
        Verdict::Wait { until, .. } => Some(*until),
    }
}

/// The most of `moments` that lie within any stretch of `window`.
fn most_within(moments: &[Timestamp], window: Duration) -> usize {
    moments
        .iter()
        .map(|from| {
            moments
                .iter()
                .filter(|at| **at >= *from && **at < *from + window)
                .count()
        })
        .max()
        .unwrap_or(0)
}

/// Candidates that are provisioned as fast as they may be: when each of their calls went out.
fn provision_all(
    budget: &mut Budget,
    candidates: usize,
    until: Timestamp,
) -> Vec<(usize, Timestamp)> {
    let mut sent = Vec::new();
    let mut due: Vec<(Timestamp, usize, u32)> =
        (0..candidates).map(|one| (start(), one, 3)).collect();
    while let Some(next) = (0..due.len()).min_by_key(|index| (due[*index].0, due[*index].1)) {
        let (at, one, left) = due.swap_remove(next);
        if at >= until {
            break;
        }
        match budget.ask(&Limits::GITHUB, &bulk(&one.to_string(), left - 1), at) {
            Verdict::Go => {
                sent.push((one, at));
                if left > 1 {
                    due.push((at, one, left - 1));
                }
            }
            Verdict::Wait { until, .. } => {
                assert!(until > at, "to wait is to come back later");
                due.push((until, one, left));
            }
        }
    }
    sent
}

#[test]
fn in_an_hour_bulk_work_reaches_160_candidates_and_leaves_a_reserve_to_people() {
    let mut budget = Budget::default();
    let hour = start() + Duration::hours(1);
    let sent = provision_all(&mut budget, 400, hour);
    let mut done = vec![0; 400];
    for (one, _) in &sent {
        done[*one] += 1;
    }
    let whole = done.iter().filter(|calls| **calls == 3).count();
    assert!(whole >= 160, "{whole} candidates were finished");
    assert_eq!(sent.len(), 485);
    let moments: Vec<Timestamp> = sent.iter().map(|(_, at)| *at).collect();
    assert!(most_within(&moments, Duration::minutes(1)) <= 80);

    let last = moments.last().copied().unwrap() + Duration::minutes(1);
    let stopped = budget.ask(&Limits::GITHUB, &bulk("late", 0), last);
    assert!(
        waits(&stopped).is_some_and(|until| until >= hour),
        "{stopped:?}"
    );
    for number in 0..15 {
        let at = last + Duration::seconds(number);
        let verdict = budget.ask(&Limits::GITHUB, &answer(), at);
        assert_eq!(verdict, Verdict::Go, "answer {number}");
    }
    let none_left = budget.ask(&Limits::GITHUB, &answer(), last + Duration::seconds(15));
    assert!(matches!(
        none_left,
        Verdict::Wait {
            because: Because::CreatesAnHour,
            ..
        }
    ));
}

#[test]
fn what_was_begun_is_finished_before_other_work_begins() {
    let sent = provision_all(&mut Budget::default(), 40, start() + Duration::hours(1));
    let order: Vec<usize> = sent.iter().map(|(one, _)| *one).collect();
    let whole: Vec<usize> = (0..40).flat_map(|one| [one, one, one]).collect();
    assert_eq!(order, whole);
    let last = sent.last().unwrap().1;
    assert!(last <= start() + Duration::seconds(160), "{last}");
}

#[test]
fn an_answer_waits_for_no_line() {
    let mut budget = Budget::default();
    for one in 0..100 {
        budget.ask(&Limits::GITHUB, &bulk(&one.to_string(), 2), start());
    }
    let at = start() + Duration::milliseconds(200);
    let verdict = budget.ask(&Limits::GITHUB, &answer(), at);
    assert_eq!(waits(&verdict), Some(start() + Duration::seconds(1)));
    let verdict = budget.ask(&Limits::GITHUB, &answer(), start() + Duration::seconds(1));
    assert_eq!(verdict, Verdict::Go);
}

#[test]
fn a_clock_that_was_ahead_keeps_no_answer_waiting_once_it_is_set_right() {
    let mut budget = Budget::default();
    for minute in 0..100 {
        let ahead = start() + Duration::hours(2) + Duration::minutes(minute);
        assert_eq!(waits(&budget.ask(&Limits::GITHUB, &answer(), ahead)), None);
    }
    // Set right in between, all of these count as of now.
    let until = waits(&budget.ask(&Limits::GITHUB, &answer(), start())).unwrap();
    assert!(until <= start() + Duration::minutes(1), "{until}");
    assert_eq!(waits(&budget.ask(&Limits::GITHUB, &answer(), until)), None);
}

fn change(holder: &str) -> Ask {
    ask(holder, Urgency::Bulk, Writes::Changes)
}

#[test]
fn what_only_changes_something_is_told_a_turn_of_its_own_between_the_others() {
    let mut budget = Budget::default();
    for one in 0..100 {
        budget.ask(&Limits::GITHUB, &bulk(&one.to_string(), 2), start());
    }
    let told: Vec<i64> = (0..100)
        .map(|one| {
            let verdict = budget.ask(&Limits::GITHUB, &change(&format!("end of {one}")), start());
            (waits(&verdict).unwrap() - start()).num_seconds()
        })
        .collect();
    let gaps: Vec<i64> = (0..100).map(|one| 4 * one + 3).collect();
    assert_eq!(told, gaps, "one in each gap between two candidates");
    for (one, seconds) in told.into_iter().enumerate().take(3) {
        let at = start() + Duration::seconds(seconds);
        let verdict = budget.ask(&Limits::GITHUB, &change(&format!("end of {one}")), at);
        assert_eq!(verdict, Verdict::Go, "the second time they ask");
    }
}

#[test]
fn what_only_changes_something_does_not_wait_for_the_next_hour() {
    let mut budget = Budget::default();
    let hour = start() + Duration::hours(1);
    let last = provision_all(&mut budget, 400, hour).last().unwrap().1;
    let at = last + Duration::seconds(1);
    let verdict = budget.ask(&Limits::GITHUB, &change("the end of one"), at);
    assert_eq!(verdict, Verdict::Go);
    let verdict = budget.ask(&Limits::GITHUB, &change("the end of another"), at);
    assert_eq!(waits(&verdict), Some(at + Duration::seconds(1)));
}

#[test]
fn reads_beyond_those_asked_for_are_points_too() {
    let mut budget = Budget::default();
    budget.spent(880, start());
    let reads = |reads| Ask {
        reads,
        ..ask("x", Urgency::People, Writes::Nothing)
    };
    assert_eq!(
        budget.ask(&Limits::GITHUB, &reads(20), start()),
        Verdict::Go
    );
    let verdict = budget.ask(&Limits::GITHUB, &reads(1), start());
    assert_eq!(waits(&verdict), Some(start() + Duration::minutes(1)));
}

#[test]
fn a_pause_that_github_asked_for_holds_for_everybody_and_says_why() {
    let mut budget = Budget::default();
    let until = start() + Duration::minutes(5);
    budget.asked_to_wait(until, "You have exceeded a secondary rate limit");
    budget.asked_to_wait(start() + Duration::minutes(1), "an older word");
    for one in [answer(), bulk("ws", 2)] {
        let Verdict::Wait {
            until: told,
            because,
        } = budget.ask(&Limits::NONE, &one, start())
        else {
            panic!("nobody goes");
        };
        assert_eq!(told, until);
        assert!(because.to_string().contains("secondary rate limit"));
    }
    assert_eq!(budget.ask(&Limits::GITHUB, &answer(), until), Verdict::Go);
}

#[test]
fn when_few_requests_are_left_of_the_hour_they_are_kept_for_people() {
    let mut budget = Budget::default();
    let reset = start() + Duration::minutes(30);
    let told = |remaining| Quota {
        limit: 5000,
        remaining,
        reset,
    };
    budget.told(told(100));
    // An answer that was overtaken on its way.
    budget.told(told(120));
    assert_eq!(budget.requests_left(), Some(100));
    let verdict = budget.ask(&Limits::GITHUB, &bulk("ws", 2), start());
    assert_eq!(waits(&verdict), Some(reset));
    assert_eq!(budget.ask(&Limits::GITHUB, &answer(), start()), Verdict::Go);
    assert_eq!(budget.requests_left(), Some(99));
    assert_eq!(
        budget.ask(&Limits::GITHUB, &bulk("ws", 2), reset),
        Verdict::Go
    );
}

#[test]
fn calls_at_once_are_shared_out_and_come_back_when_a_process_dies() {
    let mut budget = Budget::default();
    let read = |process: &str| Ask {
        process: process.to_owned(),
        ..ask("x", Urgency::People, Writes::Nothing)
    };
    let processes: Vec<String> = (1..=Limits::GITHUB.at_once / SHARE)
        .map(|number| format!("process {number}"))
        .collect();
    assert!(processes.len() >= 12, "{}", processes.len());
    for process in &processes {
        assert_eq!(
            budget.ask(&Limits::GITHUB, &read(process), start()),
            Verdict::Go
        );
    }
    let verdict = budget.ask(&Limits::GITHUB, &read("one more"), start());
    assert_eq!(waits(&verdict), Some(start() + Duration::minutes(1)));
    let later = start() + Duration::seconds(59);
    for process in &processes[1..] {
        assert_eq!(
            budget.ask(&Limits::GITHUB, &read(process), later),
            Verdict::Go
        );
    }
    let later = start() + Duration::minutes(1);
    assert_eq!(
        budget.ask(&Limits::GITHUB, &read("one more"), later),
        Verdict::Go
    );
}

#[test]
fn a_budget_survives_the_way_through_the_database() {
    let mut budget = Budget::default();
    provision_all(&mut budget, 9, start() + Duration::seconds(20));
    budget.told(Quota {
        limit: 5000,
        remaining: 4000,
        reset: start() + Duration::hours(1),
    });
    budget.asked_to_wait(start() + Duration::hours(2), "slow down");
    let text = serde_json::to_string(&budget).unwrap();
    assert_eq!(serde_json::from_str::<Budget>(&text).unwrap(), budget);
}

#[derive(Debug, Clone)]
struct Step {
    pause: i64,
    holder: u8,
    urgent: bool,
    writes: Writes,
}

fn step() -> impl Strategy<Value = Step> {
    let writes = prop_oneof![
        1 => Just(Writes::Nothing),
        1 => Just(Writes::Changes),
        6 => (0_u32..3).prop_map(|then| Writes::Creates { then }),
    ];
    let pause = prop_oneof![4 => 0_i64..1500, 1 => 0_i64..60_000];
    (pause, 0_u8..20, any::<bool>(), writes).prop_map(|(pause, holder, urgent, writes)| Step {
        pause,
        holder,
        urgent,
        writes,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_stretch_of_time_ever_holds_more_than_github_allows(steps in proptest::collection::vec(step(), 1..900)) {
        let limits = Limits { creates_an_hour: 120, ..Limits::GITHUB };
        let mut budget = Budget::default();
        let mut now = start();
        let (mut creates, mut writes, mut points) = (Vec::new(), Vec::new(), Vec::new());
        for step in steps {
            now += Duration::milliseconds(step.pause);
            let urgency = if step.urgent { Urgency::People } else { Urgency::Bulk };
            let one = ask(&step.holder.to_string(), urgency, step.writes);
            match budget.ask(&limits, &one, now) {
                Verdict::Go => {
                    points.push((now, one.points()));
                    if one.writes() { writes.push(now); }
                    if one.creates() { creates.push(now); }
                }
                Verdict::Wait { until, .. } => prop_assert!(until > now),
            }
        }
        prop_assert!(most_within(&creates, Duration::minutes(1)) <= 80);
        prop_assert!(most_within(&creates, Duration::hours(1)) <= 120);
        prop_assert!(writes.windows(2).all(|two| two[1] - two[0] >= Duration::seconds(1)));
        let heaviest = points.iter().map(|(from, _)| {
            points.iter().filter(|(at, _)| at >= from && *at < *from + Duration::minutes(1)).map(|(_, points)| points).sum::<u32>()
        }).max();
        prop_assert!(heaviest.unwrap_or(0) <= 900);
    }

    #[test]
    fn those_who_join_the_line_later_are_told_a_later_time(pauses in proptest::collection::vec(0_i64..5000, 1..300)) {
        let mut budget = Budget::default();
        let (mut now, mut told) = (start(), start());
        for (number, pause) in pauses.into_iter().enumerate() {
            now += Duration::milliseconds(pause);
            let verdict = budget.ask(&Limits::GITHUB, &bulk(&number.to_string(), 2), now);
            let until = waits(&verdict).unwrap_or(now);
            prop_assert!(until >= told, "{until} after {told}");
            told = until;
        }
    }

    #[test]
    fn whoever_comes_back_when_told_is_let_through_in_the_end(late in proptest::collection::vec(0_i64..4000, 30)) {
        let mut budget = Budget::default();
        let mut due: Vec<(Timestamp, usize)> = (0..late.len()).map(|one| (start(), one)).collect();
        let mut asked = 0;
        while let Some(next) = (0..due.len()).min_by_key(|index| due[*index]) {
            let (at, one) = due.swap_remove(next);
            asked += 1;
            prop_assert!(asked < 30 * 30, "somebody is never let through");
            if let Verdict::Wait { until, .. } = budget.ask(&Limits::GITHUB, &bulk(&one.to_string(), 0), at) {
                due.push((until + Duration::milliseconds(late[one]), one));
            }
        }
    }
}
