//! Laws of reading and writing.

use proptest::array::uniform9;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use worksample::ids::{ClauseId, CriterionId, GapId, InterpretationId, Slug};
use worksample::money::{Currency, Percent};
use worksample::spec::{
    Answers, Boundary, Check, Clause, Criterion, File, Folder, Gap, Interpretation, MoneyFields,
    Pay, Payer, Probe, SandboxNeeds, Spec, Toolchain, Updates, check, schema,
};

use super::fixture::folder;

fn words() -> impl Strategy<Value = String> {
    // Quotes, newlines, backslashes and the like are what a writer of TOML stumbles over.
    "[ -~\n\té→]{1,30}"
}

fn id<I: std::str::FromStr>(text: String) -> I
where
    I::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

fn how() -> impl Strategy<Value = Check> {
    prop_oneof![
        (
            vec(words(), 1..4),
            proptest::option::of(words()),
            proptest::option::of(1_u32..600)
        )
            .prop_map(|(run, junit, timeout_seconds)| Check::Command {
                run,
                junit,
                timeout_seconds
            }),
        words().prop_map(|name| Check::Ci { name }),
        words().prop_map(|look_for| Check::Eye { look_for }),
    ]
}

fn gap() -> impl Strategy<Value = Gap> {
    (
        1_u16..999,
        words(),
        vec(words(), 0..3),
        vec(("[a-z]{1,8}", words()), 2..4),
        proptest::option::of(vec(words(), 1..3)),
    )
        .prop_map(|(number, title, words, ways, probe)| Gap {
            id: id::<GapId>(format!("G{number}")),
            title,
            clauses: vec![id("R1".to_owned())],
            words,
            interpretations: ways
                .into_iter()
                .map(|(name, text)| Interpretation {
                    id: id::<InterpretationId>(name),
                    text,
                })
                .collect(),
            probe: probe.map(|run| Probe {
                run,
                timeout_seconds: None,
            }),
        })
}

fn sandbox() -> impl Strategy<Value = SandboxNeeds> {
    (
        proptest::option::of(vec(words(), 1..3)),
        1_u32..9_999,
        btree_map("[A-Z_]{1,8}", words(), 0..3),
        any::<bool>(),
    )
        .prop_map(|(build, seconds, environment, rust)| SandboxNeeds {
            toolchain: vec![if rust {
                Toolchain::Rust
            } else {
                Toolchain::Python
            }],
            build,
            wall_seconds: seconds,
            environment,
            ..SandboxNeeds::default()
        })
}

prop_compose! {
    fn spec()(
        slug in "[a-z][a-z0-9]{0,20}",
        texts in [words(), words(), words(), words(), words()],
        numbers in [1_u32..99, 1..99, 1..99, 1..99],
        amount_minor in any::<i64>(),
        percent in 0_u8..=100,
        clauses in vec((1_u16..999, words()), 1..5),
        criteria in vec((1_u16..999, words(), any::<bool>(), how()), 1..5),
        gaps in vec(gap(), 0..4),
        globs in vec(words(), 0..4),
        sandbox in sandbox(),
        ci_workflow in proptest::option::of(words()),
        offer in (of(words()), of(uniform9(words())), of(any::<u32>())),
    ) -> Spec {
        let [title, version, summary, ai_policy, ownership] = texts;
        let [timebox_hours, due_days, offer_days, every_hours] = numbers;
        let (why, payer, within) = offer;
        let percent = Percent::try_from(percent).unwrap();
        Spec {
            slug: id::<Slug>(slug),
            title, version, summary, timebox_hours, due_days, offer_days,
            pay: Pay {
                amount: MoneyFields { amount_minor, currency: Currency::CHF },
                within_days: 14,
                withdrawn_percent: percent,
                cancelled_percent: percent,
            },
            updates: Updates { every_hours },
            boundary: Boundary { allowed: globs },
            ai_policy, ownership,
            clauses: clauses.into_iter().map(|(number, title)| Clause { id: id::<ClauseId>(format!("R{number}")), title }).collect(),
            criteria: criteria
                .into_iter()
                .map(|(number, title, hidden, check)| Criterion { id: id::<CriterionId>(format!("AC-{number}")), title, clauses: vec![id("R1".to_owned())], hidden, check })
                .collect(),
            gaps, sandbox, ci_workflow, why,
            payer: payer.map(|[name, address, signed_by, contact, method, invoice, vat, fees, reference]| {
                Payer { name, address, signed_by, contact, method, invoice, vat, fees, reference }
            }),
            answers: within.map(|within_hours| Answers { within_hours }),
        }
    }
}

fn tree() -> impl Strategy<Value = Vec<(String, File)>> {
    vec(
        (
            "[a-z]{1,6}(/[a-z.]{1,6}){0,2}",
            vec(any::<u8>(), 0..60),
            any::<bool>(),
        )
            .prop_map(|(path, bytes, executable)| (path, File { bytes, executable })),
        0..12,
    )
}

proptest! {
    #[test]
    fn a_spec_written_as_toml_is_read_as_the_same_spec(spec in spec()) {
        let text = toml::to_string(&spec).unwrap();
        prop_assert_eq!(&toml::from_str::<Spec>(&text).unwrap(), &spec);

        // And the check of the shape, which reads the schema, agrees with the types.
        let mut folder = folder();
        folder.files.insert("spec.toml".to_owned(), File::text(text));
        let shape = ["unknown-key", "missing-key", "wrong-type", "not-toml"];
        let found: Vec<_> = check(&folder).into_iter().filter(|problem| problem.file == "spec.toml" && shape.contains(&problem.code)).collect();
        prop_assert!(found.is_empty(), "{:#?}", found);
    }

    #[test]
    fn a_digest_does_not_depend_on_the_order_in_which_files_were_put_in(files in tree(), turn in 0_usize..12) {
        let unique: std::collections::BTreeMap<_, _> = files.into_iter().collect();
        let mut turned: Vec<_> = unique.clone().into_iter().collect();
        let by = turn % turned.len().max(1);
        turned.rotate_left(by);
        turned.reverse();
        let other = Folder { files: turned.into_iter().collect() };
        prop_assert_eq!(Folder { files: unique }.digest(), other.digest());
    }

    #[test]
    fn a_folder_survives_its_bundle_and_any_change_changes_the_digest(files in tree(), path in "[a-z]{7}") {
        let mut folder = Folder { files: files.into_iter().collect() };
        let back = Folder::from_bundle(&folder.bundle()).unwrap();
        prop_assert_eq!(&back, &folder);
        prop_assert_eq!(back.digest(), folder.digest());
        folder.files.insert(path, File::text("more"));
        prop_assert_ne!(back.digest(), folder.digest());
    }

    #[test]
    fn no_text_makes_the_check_panic(spec in "\\PC{0,200}", brief in "(#{1,3} |- |\\{#R[0-9]\\}|`{3}|[a-zé ]{1,5}|\n){0,40}") {
        let mut folder = folder();
        folder.files.insert("brief.md".to_owned(), File::text(brief));
        check(&folder);
        folder.files.insert("spec.toml".to_owned(), File::text(spec));
        check(&folder);
    }
}

#[test]
fn the_schema_documents_every_key_for_an_editor() {
    let schema = schema();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let described = property["description"].is_string()
            || property["$ref"].is_string()
            || property["items"]["$ref"].is_string();
        assert!(described, "{name} says nothing of itself: {property}");
    }
    insta::assert_json_snapshot!(schema);
}
