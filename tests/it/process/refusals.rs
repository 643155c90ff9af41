//! What a person is told who asks for what cannot be done: a line with a code or the argument in it, and a status.

use super::place::{Finished, On, Place};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_told_in_a_line_with_a_status_that_is_not_zero() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let offer = place.offer().await;
    let id = offer.id.as_str();
    let nobody = format!("ws_{}", "0".repeat(32));
    let bad = place.path().join("bad");
    std::fs::create_dir_all(&bad).unwrap();
    std::fs::write(bad.join("spec.toml"), "title = 1").unwrap();
    let bad = bad.to_str().unwrap();
    let by = ["--by", "Lea Lead"];
    // The arguments, the status, and how the first line of standard error begins (the last, for a code of our own).
    let cases: [(&[&str], i32, &str); 22] = [
        (&[], 2, "Self-hosted"),
        (
            &["frobnicate"],
            2,
            "error[usage]: unrecognized subcommand 'frobnicate'",
        ),
        (
            &["launch"],
            2,
            "error[usage]: the following required arguments",
        ),
        (&["show", "ws_x"], 2, "error[usage]: invalid value 'ws_x'"),
        (
            &["report", id, "--format", "pdf"],
            2,
            "error[usage]: invalid value 'pdf'",
        ),
        (
            &["token", "--role", "lead"],
            2,
            "error[usage]: the following required arguments",
        ),
        (
            &["token", "--role", "lead", "--name", "L", "--days", "0"],
            2,
            "error[usage]: invalid value '0'",
        ),
        (
            &["serve", "--bind", "nonsense"],
            2,
            "error[usage]: invalid value 'nonsense'",
        ),
        (
            &["serve", "--web-only", "--worker-only"],
            2,
            "error[usage]: the argument '--web-only'",
        ),
        (
            &[
                "extend", id, "--due", "tomorrow", "--reason", "x", by[0], by[1],
            ],
            2,
            "error[usage]: invalid value 'tomorrow'",
        ),
        (
            &[
                "pay",
                id,
                "--reference",
                "x",
                "--amount-minor",
                "1",
                by[0],
                by[1],
            ],
            2,
            "error[usage]: the following required",
        ),
        (&["show", &nobody], 1, "error[not_found]: "),
        (&["report", &nobody], 1, "error[not_found]: "),
        (
            &["launch", "none", "--candidate", "Bob", by[0], by[1]],
            1,
            "error[unknown_spec]: ",
        ),
        (
            &[
                "launch",
                "greeting",
                "--candidate",
                "Ada Example",
                by[0],
                by[1],
            ],
            1,
            "error[already_launched]: ",
        ),
        (
            &[
                "judge",
                id,
                "AC-2",
                "--verdict",
                "passed",
                "--note",
                "x",
                by[0],
                by[1],
            ],
            1,
            "error[not_delivered]: ",
        ),
        (
            &[
                "decide",
                id,
                "--outcome",
                "stop",
                "--reason",
                "x",
                "--no-feedback",
                by[0],
                by[1],
            ],
            1,
            "error[not_delivered]: ",
        ),
        (&["close", id, by[0], by[1]], 1, "error[not_decided]: "),
        (
            &["jobs", "retry", "job_00000000000000000000000000000000"],
            1,
            "error[not_found]: ",
        ),
        (&["spec", "publish", bad], 1, "error[spec_unbounded]: "),
        (
            &["--database-url", "mysql://h/d", "show"],
            1,
            "error[database_url_invalid]: ",
        ),
        (&["demo", "--spec", "nowhere"], 1, "error[spec_not_found]: "),
    ];
    let before = place.json(&["show", "--json"]).await;
    for (arguments, status, begins) in cases {
        let finished = place.run(arguments).await;
        let Finished {
            status: found,
            out,
            err,
        } = &finished;
        assert_eq!(
            (*found, out.as_str()),
            (status, ""),
            "{arguments:?}: {finished:?}"
        );
        // What helps comes after the error, in a line of its own.
        let told: Vec<&str> = err.lines().collect();
        let told = match told.split_last() {
            Some((last, before)) if last.starts_with("hint: ") => before,
            _ => &told,
        };
        let mut lines = told.iter();
        let line = if status == 1 {
            lines.next_back()
        } else {
            lines.next()
        };
        assert!(
            line.unwrap().starts_with(begins),
            "{arguments:?}: {finished:?}"
        );
        let more = if status == 1 { lines.count() } else { 0 };
        assert!(
            more == 0 || begins.contains("spec_unbounded"),
            "{arguments:?}: {finished:?}"
        );
    }
    assert_eq!(
        place.json(&["show", "--json"]).await,
        before,
        "nothing was changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_the_same_address_says_so() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let service = place.serve(&["--web-only"]).await;
    let address = service.address().to_string();
    let finished = place
        .run(&["serve", "--web-only", "--bind", &address])
        .await;
    assert_eq!(finished.status, 1, "{finished:?}");
    let last = finished.err.lines().next_back().unwrap();
    assert!(last.starts_with("error[cannot_listen]: "), "{last}");
    service.kill().await;
}
