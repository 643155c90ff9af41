//! Rehearsal scripts.

use worksample::spec::script::{STATES, Step, parse};
use worksample::work_sample::State;

use super::fixture::SCRIPT;

#[test]
fn a_script_is_read_with_the_lines_of_its_steps() {
    let script = parse(SCRIPT, "diligent.toml").unwrap();
    assert_eq!(
        (script.name.as_str(), script.login.as_str()),
        ("diligent", "dana-diligent")
    );
    let steps: Vec<_> = script
        .steps
        .iter()
        .map(|timed| (timed.line, timed.step.name()))
        .collect();
    assert_eq!(&steps[..3], [(13, "accept"), (17, "join"), (20, "comment")]);
    assert!(
        matches!(&script.steps[3].step, Step::Issue { sections, .. } if sections["Clause"] == "R1")
    );
}

#[test]
fn a_script_of_many_mistakes_names_each_with_its_line() {
    let text = r#"
name = "clumsy"
title = " "
login = "clumsy"
full_name = "Clem Clumsy"
[expect]
state = "done"
[[step]]
do = "write"
path = "../outside"
text = "x"
[[step]]
do = "write"
path = "a"
[[step]]
do = "comment"
id = "c"
on = "kickoff"
text = "hello"
[[step]]
do = "comment"
id = "c"
on = "c"
text = ""
[[step]]
do = "delete"
target = "kickoff"
[[step]]
do = "issue"
title = "t"
text = "x"
sections = { "Done" = "all" }
[[step]]
do = "commit"
amend = true
message = "not mine"
[[step]]
do = "push"
[[step]]
do = "commit"
amend = true
message = "pushed before"
[[step]]
do = "push"
[[step]]
do = "branch"
name = "-x"
[[step]]
do = "confirm"
on = "later"
text = "yes"
[[step]]
do = "issue"
id = "later"
title = "t"
form = "decision"
sections = { "Option" = "all" }
"#;
    let problems = parse(text, "rehearsal/clumsy.toml").unwrap_err();
    insta::assert_snapshot!(
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn an_unknown_step_is_refused_with_the_list_of_the_known_ones() {
    let problems = parse(&SCRIPT.replace("do = \"join\"", "do = \"dance\""), "x.toml").unwrap_err();
    assert_eq!(problems[0].line, Some(18));
    for known in ["accept", "pull_request", "extend"] {
        assert!(problems[0].remedy.contains(known), "{}", problems[0].remedy);
    }
}

#[test]
fn the_states_that_a_script_may_expect_are_those_of_a_work_sample() {
    for state in STATES {
        serde_json::from_value::<State>(state.into())
            .unwrap_or_else(|_| panic!("{state} is no state"));
    }
    let unknown = serde_json::from_value::<State>("?".into())
        .unwrap_err()
        .to_string();
    assert_eq!(
        unknown.matches('`').count() / 2,
        STATES.len() + 1,
        "{unknown}"
    );
}
