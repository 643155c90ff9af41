use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn person(zone: Tz, hours: &str, days_off: &[&str]) -> Availability {
    Availability {
        zone,
        hours: Some(hours.parse().unwrap()),
        days_off: days_off.iter().map(|day| day.parse().unwrap()).collect(),
    }
}

fn hours(count: i64) -> Duration {
    Duration::hours(count)
}

#[test]
fn promise_counts_answer_hours_only() {
    let lea = person(Tz::Europe__Berlin, "mon-fri 09:00-17:00", &[]);
    // Monday 10:00 in Berlin, in winter.
    let asked = at("2026-03-02T09:00:00Z");
    let until = |hours_of, people: &[Availability]| promised_until(asked, hours(hours_of), people);
    assert_eq!(
        until(4, std::slice::from_ref(&lea)),
        Some(at("2026-03-02T13:00:00Z"))
    );
    // Seven hours are left of Monday.
    assert_eq!(
        until(8, std::slice::from_ref(&lea)),
        Some(at("2026-03-03T09:00:00Z"))
    );
    // Friday evening goes on on Monday.
    let friday = at("2026-03-06T15:30:00Z");
    assert_eq!(
        promised_until(friday, hours(1), &[lea]),
        Some(at("2026-03-09T08:30:00Z"))
    );
}

#[test]
fn promise_passes_over_days_off_unless_backup_answers() {
    let lea = person(Tz::Europe__Berlin, "mon-fri 09:00-17:00", &["2026-12-24"]);
    let max = person(Tz::America__New_York, "mon-fri 09:00-17:00", &[]);
    let eve = at("2026-12-24T08:00:00Z");
    assert_eq!(
        promised_until(eve, hours(2), std::slice::from_ref(&lea)),
        Some(at("2026-12-25T10:00:00Z"))
    );
    assert_eq!(
        promised_until(eve, hours(2), &[lea.clone(), max]),
        Some(at("2026-12-24T16:00:00Z"))
    );
    assert!(lea.is_off(eve) && !lea.is_off(at("2026-12-23T23:30:00Z") - hours(2)));
    // Midnight in Berlin, not in UTC.
    assert!(lea.is_off(at("2026-12-23T23:30:00Z")));
}

#[test]
fn promise_is_right_on_days_when_clocks_change() {
    let nights = person(Tz::Europe__Berlin, "sat-sun 00:00-24:00", &[]);
    // 29 March 2026 has 23 hours in Berlin: from 00:00 (23:00 UTC) to 24:00 (22:00 UTC).
    let spring = at("2026-03-28T23:00:00Z");
    assert_eq!(
        promised_until(spring, hours(23), std::slice::from_ref(&nights)),
        Some(at("2026-03-29T22:00:00Z"))
    );
    assert_eq!(
        promised_until(spring, hours(24), std::slice::from_ref(&nights)),
        Some(at("2026-04-03T23:00:00Z")),
        "the 24th hour is on the next Saturday"
    );
    // 25 October 2026 has 25.
    let autumn = at("2026-10-24T22:00:00Z");
    assert_eq!(
        promised_until(autumn, hours(25), &[nights]),
        Some(at("2026-10-25T23:00:00Z"))
    );
    // 02:30 does not exist on 29 March; the span begins when clocks are put forward.
    let skipped = person(Tz::Europe__Berlin, "sun 02:30-04:00", &[]);
    assert_eq!(
        promised_until(spring, Duration::minutes(15), &[skipped]),
        Some(at("2026-03-29T01:15:00Z"))
    );
}

#[test]
fn promise_needs_somebody_who_answers() {
    let asked = at("2026-03-02T09:00:00Z");
    assert_eq!(promised_until(asked, hours(1), &[]), None);
    let off: BTreeSet<NaiveDate> = asked.date_naive().iter_days().take(500).collect();
    let away = Availability {
        days_off: off,
        ..Availability::always()
    };
    assert_eq!(promised_until(asked, hours(1), &[away]), None);
    assert_eq!(
        promised_until(asked, hours(30), &[Availability::always()]),
        Some(asked + hours(30))
    );
}

#[test]
fn answer_hours_that_cannot_be_read_say_why() {
    for (text, why) in [
        ("", "each part has days and times"),
        ("mon-fri", "each part has days and times"),
        ("mon-fry 09:00-17:00", "`fry` is not a day"),
        ("mon 17:00-09:00", "ends before it begins"),
        ("mon 9-17", "`9` is not a time of the day"),
        ("mon 09:00-25:00", "`25:00` is not a time"),
        ("mon 09:60-17:00", "`09:60` is not a time"),
        ("mon 09:00", "is not a span of times"),
    ] {
        let error = text.parse::<AnswerHours>().unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let hours: AnswerHours = "fri-mon 9:00-12:00, Mon 13:00-24:00".parse().unwrap();
    assert_eq!(hours.days[0], [(540, 720), (780, 1440)]);
    assert_eq!(hours.days[6], [(540, 720)]);
    assert!(hours.days[1].is_empty());
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Pacific__Kiritimati,
        Tz::Pacific__Pago_Pago,
        Tz::Australia__Lord_Howe,
    ])
}

fn somebody() -> impl Strategy<Value = Availability> {
    let texts = prop::sample::select(vec![
        "mon-fri 09:00-17:00",
        "mon-sun 00:00-24:00",
        "tue 22:00-24:00, wed 00:00-03:00",
        "sat-sun 01:30-03:30",
    ]);
    (zones(), texts).prop_map(|(zone, text)| person(zone, text, &[]))
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (0_i64..2 * 365 * 24 * 60)
        .prop_map(|minutes| at("2026-01-01T00:00:00Z") + Duration::minutes(minutes))
}

proptest! {
    #[test]
    fn promise_is_never_shorter_than_its_hours(asked in moments(), who in somebody(), count in 1_i64..60) {
        let until = promised_until(asked, hours(count), &[who]).unwrap();
        prop_assert!(until - asked >= hours(count));
    }

    #[test]
    fn another_person_never_makes_a_promise_longer(asked in moments(), one in somebody(), two in somebody(), count in 1_i64..40) {
        let alone = promised_until(asked, hours(count), std::slice::from_ref(&one)).unwrap();
        let both = promised_until(asked, hours(count), &[one, two]).unwrap();
        prop_assert!(both <= alone);
    }

    #[test]
    fn promise_grows_with_its_hours_and_with_the_time_of_asking(asked in moments(), who in somebody(), count in 1_i64..40) {
        let who = [who];
        let until = promised_until(asked, hours(count), &who).unwrap();
        prop_assert!(promised_until(asked, hours(count + 1), &who).unwrap() > until);
        prop_assert!(promised_until(asked + hours(1), hours(count), &who).unwrap() >= until);
    }

    #[test]
    fn backup_is_told_before_their_hours_are_counted(asked in moments(), owner in somebody(), backup in somebody(), count in 1_i64..40) {
        let both = [owner.clone(), backup.clone()];
        let until = promised_until(asked, hours(count), &both).unwrap();
        let told = first_alone(&backup, &owner, asked, until);
        let steps = (0..).map(|step| asked + Duration::minutes(5 * step)).take_while(|at| *at < until);
        for at in steps.filter(|at| backup.answers_at(*at) && !owner.answers_at(*at)) {
            prop_assert!(told.is_some_and(|told| told <= at), "{at}: {told:?}");
        }
        if let Some(told) = told {
            prop_assert!(backup.answers_at(told) && !owner.answers_at(told) && told >= asked && told < until);
        }
    }

    #[test]
    fn same_person_twice_counts_once(asked in moments(), who in somebody(), count in 1_i64..40) {
        let once = promised_until(asked, hours(count), std::slice::from_ref(&who));
        prop_assert_eq!(promised_until(asked, hours(count), &[who.clone(), who]), once);
    }
}
