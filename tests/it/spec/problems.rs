//! Every code of a problem, triggered, and the message as people read it.

use std::collections::BTreeSet;

use worksample::spec::{
    File, Folder, OfferDefaults, Problem, Severity, SpecVersion, check, check_as, codes,
    missing_in_offer,
};

use super::fixture::{REFERENCE, folder, with, with_file, without};

const SPEC: &str = "spec.toml";
const BRIEF: &str = "brief.md";
const SCRIPT: &str = "rehearsal/diligent.toml";

fn not_text() -> Folder {
    let mut folder = folder();
    folder.files.insert(
        BRIEF.to_owned(),
        File {
            bytes: vec![0xff, 0xfe],
            executable: false,
        },
    );
    folder
}

/// A code, how it came about, and the folder that has it.
fn cases() -> Vec<(&'static str, &'static str, Folder)> {
    vec![
        (codes::FILE_MISSING, "no spec.toml", without(SPEC)),
        (codes::FILE_MISSING, "no brief.md", without(BRIEF)),
        (codes::FILE_MISSING, "no starter", without("starter/")),
        (
            codes::FILE_MISSING,
            "no acceptance files",
            without("acceptance/"),
        ),
        (
            codes::FILE_MISSING,
            "a workflow that is not there",
            with(
                SPEC,
                "timebox_hours",
                "ci_workflow = \".github/workflows/ci.yml\"\ntimebox_hours",
            ),
        ),
        (
            codes::FILE_NOT_TEXT,
            "a brief that is not UTF-8",
            not_text(),
        ),
        (
            codes::UNSAFE_PATH,
            "a path that climbs",
            with_file("starter/../secret", "x"),
        ),
        (
            codes::UNSAFE_PATH,
            "a path in .git",
            with_file("starter/.git/config", "x"),
        ),
        (
            codes::UNSAFE_PATH,
            "two names that differ in case",
            with_file("starter/src/Shelf.py", "x"),
        ),
        (
            codes::UNSAFE_PATH,
            "a JUnit file outside",
            with(SPEC, "out/search.xml", "/tmp/search.xml"),
        ),
        (
            codes::UNKNOWN_FILE,
            "a stray file",
            with_file("notes.txt", "x"),
        ),
        (
            codes::NOT_TOML,
            "a quote too few",
            with(SPEC, "version = \"1.0\"", "version = \"1.0"),
        ),
        (
            codes::UNKNOWN_KEY,
            "a slip of the pen",
            with(SPEC, "due_days", "due_day"),
        ),
        (
            codes::UNKNOWN_KEY,
            "a key of another table",
            with(
                SPEC,
                "every_hours = 24",
                "every_hours = 24\nchannel = \"mail\"",
            ),
        ),
        (
            codes::UNKNOWN_KEY,
            "a key of another kind of check",
            with(SPEC, "by = \"eye\",", "by = \"eye\", run = [\"true\"],"),
        ),
        (
            codes::MISSING_KEY,
            "no currency",
            with(SPEC, "currency = \"EUR\"\n", ""),
        ),
        (
            codes::MISSING_KEY,
            "a check without its kind",
            with(SPEC, "by = \"eye\", ", ""),
        ),
        (
            codes::WRONG_TYPE,
            "a number in quotes",
            with(SPEC, "timebox_hours = 6", "timebox_hours = \"6\""),
        ),
        (
            codes::WRONG_VALUE,
            "an unknown currency",
            with(SPEC, "\"EUR\"", "\"EURO\""),
        ),
        (
            codes::WRONG_VALUE,
            "an unknown kind of check",
            with(SPEC, "by = \"eye\"", "by = \"ear\""),
        ),
        (
            codes::WRONG_VALUE,
            "an id of another form",
            with(SPEC, "id = \"R1\"", "id = \"REQ-1\""),
        ),
        (
            codes::WRONG_VALUE,
            "a clause of another form in a criterion",
            with(
                SPEC,
                "clauses = [\"R2\", \"N1\"]",
                "clauses = [\"R2\", \"X1\"]",
            ),
        ),
        (
            codes::WRONG_VALUE,
            "a word that is never found",
            with(SPEC, "\"no place\"", "\"No place\""),
        ),
        (
            codes::WRONG_VALUE,
            "a control character in a title",
            with(
                SPEC,
                "title = \"A shelf for parcels\"",
                "title = \"A shelf\\u0000\"",
            ),
        ),
        (
            codes::BLANK,
            "a blank title",
            with(SPEC, "title = \"A shelf for parcels\"", "title = \" \""),
        ),
        (
            codes::BLANK,
            "a command without a program",
            with(
                SPEC,
                "run = [\"python3\", \"-m\", \"check_places\"]",
                "run = []",
            ),
        ),
        (
            codes::BLANK,
            "a probe without a program",
            with(
                SPEC,
                "run = [\"python3\", \"-m\", \"probe_full\"]",
                "run = [\"\"]",
            ),
        ),
        (
            codes::OUT_OF_RANGE,
            "a timebox of a fortnight",
            with(SPEC, "timebox_hours = 6", "timebox_hours = 80"),
        ),
        (
            codes::OUT_OF_RANGE,
            "unpaid",
            with(SPEC, "amount_minor = 42000", "amount_minor = 0"),
        ),
        (
            codes::OUT_OF_RANGE,
            "a percentage beyond 100",
            with(SPEC, "withdrawn_percent = 25", "withdrawn_percent = 250"),
        ),
        (
            codes::OUT_OF_RANGE,
            "no cadence",
            with(SPEC, "every_hours = 24", "every_hours = 0"),
        ),
        (
            codes::DUPLICATE,
            "one clause twice",
            with(SPEC, "id = \"R2\"", "id = \"R1\""),
        ),
        (
            codes::DUPLICATE,
            "one interpretation twice",
            with(SPEC, "id = \"oldest-out\"", "id = \"refuse-parcel\""),
        ),
        (
            codes::DUPLICATE,
            "one marker twice",
            with(BRIEF, "{#R2}", "{#R1}"),
        ),
        (
            codes::BAD_GLOB,
            "a glob that cannot be parsed",
            with(SPEC, "src/**", "src/[a"),
        ),
        (
            codes::BAD_GLOB,
            "a glob that leads out",
            with(SPEC, "src/**", "../**"),
        ),
        (
            codes::BOUNDARY_EMPTY,
            "an empty boundary",
            with(SPEC, "[\"src/**\"]", "[]"),
        ),
        (
            codes::BOUNDARY_MATCHES_NOTHING,
            "a glob of nothing",
            with(SPEC, "\"src/**\"", "\"src/**\", \"lib/*.py\""),
        ),
        (
            codes::REFERENCE_OUT_OF_BOUNDS,
            "a solution beyond the boundary",
            with_file("reference/setup.py", "x"),
        ),
        (
            codes::NO_NON_GOAL,
            "no non-goal",
            with(SPEC, "  { id = \"N1\", title = \"No printing\" },\n", ""),
        ),
        (
            codes::NO_REQUIREMENT,
            "no requirement",
            with(
                SPEC,
                "  { id = \"R1\", title = \"Parcels get a place\" },\n  { id = \"R2\", title = \"Parcels are found\" },\n",
                "",
            ),
        ),
        (codes::NO_CRITERION, "no criterion", no_criterion()),
        (
            codes::CLAUSE_NOT_IN_BRIEF,
            "a clause without a marker",
            with(BRIEF, " {#R2}", ""),
        ),
        (
            codes::CLAUSE_NOT_IN_SPEC,
            "a marker without a clause",
            with(
                BRIEF,
                "- Places are numbered from 1.",
                "- Places are numbered from 1. {#R7}",
            ),
        ),
        (
            codes::CLAUSE_UNKNOWN,
            "a criterion about nothing",
            with(
                SPEC,
                "clauses = [\"R2\", \"N1\"]",
                "clauses = [\"R2\", \"N7\"]",
            ),
        ),
        (
            codes::CLAUSE_UNCOVERED,
            "an unchecked requirement",
            with(
                SPEC,
                "clauses = [\"R1\"]\ncheck",
                "clauses = [\"N1\"]\ncheck",
            ),
        ),
        (
            codes::MARKER_MISPLACED,
            "a marker in a paragraph",
            with(BRIEF, "of a free place.", "of a free place. {#R5}"),
        ),
        (
            codes::MARKER_MISPLACED,
            "a malformed marker",
            with(BRIEF, "{#R2}", "{#Req2}"),
        ),
        (
            codes::CLAUSE_EMPTY,
            "a clause without a text",
            with(
                BRIEF,
                "- {#N1} **No printing.** Labels come from another team.",
                "- {#N1}",
            ),
        ),
        (
            codes::TOO_FEW_INTERPRETATIONS,
            "a gap with one way",
            with(
                SPEC,
                "  { id = \"oldest-out\", text = \"The oldest parcel makes room for it.\" },\n",
                "",
            ),
        ),
        (
            codes::TIMEOUT_OVER_LIMIT,
            "a timeout beyond the sandbox's",
            with(SPEC, "timeout_seconds = 30", "timeout_seconds = 90"),
        ),
        (
            codes::CI_WITHOUT_WORKFLOW,
            "CI without a workflow",
            with(
                SPEC,
                "check = { by = \"eye\", look_for = \"Names that say what they hold.\" }",
                "check = { by = \"ci\", name = \"build\" }",
            ),
        ),
        (
            codes::CADENCE_TOO_SLOW,
            "an update after the end",
            with(SPEC, "every_hours = 24", "every_hours = 200"),
        ),
        (
            codes::STARTER_RESERVED,
            "a brief of the starter's own",
            with_file("starter/Brief.md", "x"),
        ),
        (
            codes::VAGUE,
            "vague words",
            with(
                BRIEF,
                "from 1.",
                "from 1, etc. It must be robust, FAST and user-friendly, in breakfast shops too.",
            ),
        ),
        (
            codes::GAP_READABLE,
            "the title of a gap, broken over two lines",
            with(
                BRIEF,
                "- Places",
                "Where does a parcel\ngo when the SHELF is full?\n\n- Places",
            ),
        ),
        (
            codes::GAP_READABLE,
            "an interpretation in the starter",
            with_file(
                "starter/src/notes.py",
                "x = 1\n# The oldest parcel makes room for it.\n",
            ),
        ),
        (
            codes::GAP_READABLE,
            "a gap's id",
            with(BRIEF, "from 1.", "from 1 (see G1)."),
        ),
        (
            codes::GAP_READABLE,
            "an interpretation's id",
            with(BRIEF, "from 1.", "from 1, oldest-out."),
        ),
        (
            codes::HIDDEN_CRITERION_READABLE,
            "a hidden criterion in the summary",
            with(
                SPEC,
                "and find it again.",
                "and see that ten thousand parcels are found within a second.",
            ),
        ),
        (
            codes::HIDDEN_CRITERION_READABLE,
            "a hidden criterion's id in the starter",
            with_file("starter/README.md", "We check AC-2 last.\n"),
        ),
        (
            codes::REVIEWER_FILE_READABLE,
            "the path of a check",
            with(BRIEF, "from 1.", "from 1; see acceptance/check_places.py."),
        ),
        (
            codes::REVIEWER_FILE_READABLE,
            "the solution under another name",
            with_file("starter/src/old_shelf.py", REFERENCE),
        ),
        (
            codes::SCRIPT_REFERENCE,
            "an answer to nothing",
            with(SCRIPT, "on = \"q1\"", "on = \"q2\""),
        ),
        (
            codes::SCRIPT_REFERENCE,
            "a folder that is not there",
            with(SCRIPT, "from = \"reference\"", "from = \"solution\""),
        ),
        (
            codes::SCRIPT_REFERENCE,
            "a criterion that is not there",
            with(
                SCRIPT,
                "passed = [\"AC-1\"]",
                "passed = [\"AC-1\", \"AC-9\"]",
            ),
        ),
        (
            codes::SCRIPT_REFERENCE,
            "an interpretation that is not there",
            with(SCRIPT, "G1 = \"oldest-out\"", "G1 = \"newest-out\""),
        ),
        (
            codes::SCRIPT_STEP,
            "a delivery in two ways",
            with(SCRIPT, "by = \"api\"", "by = \"api\"\non = \"kickoff\""),
        ),
        (
            codes::SCRIPT_STEP,
            "a field of another form",
            with(SCRIPT, "\"Clause\" = \"R1\"", "\"Options\" = \"R1\""),
        ),
        (
            codes::UNKNOWN_KEY,
            "an unknown key in a step",
            with(SCRIPT, "from = \"reference\"", "form = \"reference\""),
        ),
        (
            codes::WRONG_VALUE,
            "an unknown step",
            with(SCRIPT, "do = \"join\"", "do = \"dance\""),
        ),
        (
            codes::WRONG_VALUE,
            "a span nobody can read",
            with(SCRIPT, "2h 30m", "2.5 hours"),
        ),
    ]
}

fn no_criterion() -> Folder {
    let mut folder = folder();
    let text = folder.text(SPEC).unwrap();
    let (before, rest) = text.split_once("[[criteria]]").unwrap();
    let (_, after) = rest.split_once("[[gaps]]").unwrap();
    let text = format!("criteria = []\n{before}[[gaps]]{after}");
    folder.files.insert(SPEC.to_owned(), File::text(text));
    folder
}

#[test]
fn the_fixture_has_no_problem() {
    assert_eq!(check(&folder()), []);
}

#[test]
fn each_problem_says_what_where_and_how_to_mend_it() {
    let mut shown = String::new();
    for (code, how, folder) in cases() {
        let problems = check(&folder);
        assert!(
            problems.iter().any(|problem| problem.code == code),
            "{how}: no {code} in {problems:#?}"
        );
        shown.push_str(&format!("── {how}\n"));
        for problem in &problems {
            assert!(!problem.remedy.is_empty() && !problem.message.is_empty());
            shown.push_str(&format!("{problem}\n"));
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

/// What the fixture's offer leaves out where the settings say nothing.
fn missing() -> Vec<Problem> {
    let version = SpecVersion::read(folder()).unwrap();
    missing_in_offer(&version.spec, &OfferDefaults::default())
}

#[test]
fn offer_without_purpose_payer_or_promise_is_warned_of_unless_settings_say_it() {
    let shown: Vec<String> = missing().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"));
    let mut version = SpecVersion::read(folder()).unwrap();
    version.spec.why = Some("It shows how you test.".to_owned());
    let defaults = OfferDefaults::parse(
        r#"
        answers.within_hours = 8
        [payer]
        name = "Acme"
        address = "Street 1"
        signed_by = "Lea Lang"
        contact = "pay@acme.example"
        method = "transfer"
        invoice = "a number"
        vat = "none"
        fees = "ours"
        reference = "the number"
        "#,
    )
    .unwrap();
    assert_eq!(missing_in_offer(&version.spec, &defaults), []);
}

#[test]
fn every_code_is_triggered_by_a_case() {
    let mut triggered: BTreeSet<&str> = cases().iter().map(|(code, _, _)| *code).collect();
    triggered.extend(
        check_as(&folder(), "drawer")
            .iter()
            .map(|problem| problem.code),
    );
    triggered.extend(missing().iter().map(|problem| problem.code));
    let all: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(
        all.difference(&triggered).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

#[test]
fn a_spec_in_a_folder_of_another_name_is_pointed_at_only_when_the_name_is_known() {
    assert_eq!(check_as(&folder(), "shelf"), []);
    let problems = check_as(&folder(), "drawer");
    insta::assert_snapshot!(problems[0], @r"
    error[slug-not-folder] spec.toml:1: the slug is `shelf`, but the folder is called `drawer`
        to mend it: give both the same name
    ");
}

#[test]
fn warnings_do_not_hinder_and_errors_do() {
    let warned = with(BRIEF, "from 1.", "from 1, etc.");
    assert_eq!(check(&warned)[0].severity, Severity::Warning);
    assert!(SpecVersion::read(warned).is_ok());

    let errors =
        SpecVersion::read(with(SPEC, "timebox_hours = 6", "timebox_hours = 80")).unwrap_err();
    assert!(errors.iter().all(Problem::is_error));
}

#[test]
fn several_slips_are_told_at_once_and_in_the_order_of_the_lines() {
    let mut folder = with(SPEC, "due_days", "due_day");
    let text = folder
        .text(SPEC)
        .unwrap()
        .replace("currency = \"EUR\"", "currency = 7");
    folder.files.insert(SPEC.to_owned(), File::text(text));
    let told: Vec<_> = check(&folder)
        .iter()
        .map(|problem| (problem.line, problem.code))
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), codes::MISSING_KEY),
            (Some(6), codes::UNKNOWN_KEY),
            (Some(17), codes::WRONG_TYPE)
        ]
    );
}

#[test]
fn a_reference_file_that_did_not_change_and_a_check_laid_over_its_visible_copy_give_nothing_away() {
    let long = "x = 1  # a line that is long enough to be told apart from any other line, by its content\n";
    let mut folder = with_file("starter/src/util.py", long);
    for path in ["reference/src/util.py", "acceptance/src/util.py"] {
        folder.files.insert(path.to_owned(), File::text(long));
    }
    assert_eq!(check(&folder), []);
}

#[test]
fn problems_serialise_with_their_code_and_line() {
    let problem = &check_as(&folder(), "drawer")[0];
    insta::assert_json_snapshot!(problem, @r#"
    {
      "severity": "error",
      "code": "slug-not-folder",
      "file": "spec.toml",
      "line": 1,
      "message": "the slug is `shelf`, but the folder is called `drawer`",
      "remedy": "give both the same name"
    }
    "#);
}
