//! The two documents for authors tell all there is, and nothing that is not.

use worksample::spec::script::parse;
use worksample::spec::{codes, schema};

const FORMAT: &str = include_str!("../../../docs/spec-format.md");
const SCRIPTS: &str = include_str!("../../../docs/rehearsal-scripts.md");

#[test]
fn the_spec_format_names_every_code_with_its_meaning_and_every_top_level_key() {
    for (code, meaning) in codes::ALL {
        let row = format!("| `{code}` | {meaning} |");
        assert!(
            FORMAT.contains(&row),
            "docs/spec-format.md lacks the row\n{row}"
        );
    }
    for key in schema()["properties"].as_object().unwrap().keys() {
        assert!(
            FORMAT.contains(&format!("`{key}`"))
                || FORMAT.contains(&format!("`[{key}]`"))
                || FORMAT.contains(&format!("`[[{key}]]`")),
            "docs/spec-format.md lacks `{key}`"
        );
    }
}

#[test]
fn the_example_of_every_step_can_be_played() {
    let examples: Vec<&str> = SCRIPTS
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let script = examples.join("\n");
    let parsed = parse(&script, "docs/rehearsal-scripts.md").unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    let mut shown: Vec<&str> = parsed.steps.iter().map(|timed| timed.step.name()).collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), 24, "{shown:?}");
}
