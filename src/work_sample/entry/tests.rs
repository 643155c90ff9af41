use super::*;
use proptest::prelude::*;
use rstest::rstest;

use EntryKind::{Answer, Decision, Delivery, Progress, Question};

fn kinds(text: &str) -> Vec<EntryKind> {
    read(text).commands.iter().map(|one| one.kind).collect()
}

#[rstest]
#[case::alone("/deliver", "")]
#[case::any_case("/Deliver", "")]
#[case::upper_case("/DELIVER work", "work")]
#[case::full_stop("/deliver.", "")]
#[case::colon("/deliver: work", "work")]
#[case::colon_without_space("/deliver:work", "work")]
#[case::after_prose("All done, tests are green.\n\n/deliver", "")]
#[case::after_prose_without_a_gap("All done, tests are green.\n/deliver work", "work")]
#[case::windows_line_ends("All done.\r\n\r\n/deliver\r\n", "")]
#[case::after_a_greeting("Hi Lea,\n\n/deliver", "")]
#[case::after_a_greeting_on_the_line("Hi Lea, /deliver work", "work")]
#[case::after_a_comment("<!-- our template -->\n/deliver", "")]
#[case::after_a_comment_on_the_line("<!-- our template --> /deliver work", "work")]
#[case::after_a_long_comment("<!--\nour template\n-->\n/deliver", "")]
#[case::after_a_long_comment_on_its_last_line("<!--\nour template\n--> /deliver", "")]
#[case::within_details("<details>\n<summary>more</summary>\n\n/deliver\n\n</details>", "")]
#[case::list("- /deliver", "")]
#[case::star_list("* /deliver work", "work")]
#[case::numbered_list("1. tests\n2. /deliver", "")]
#[case::ticked_box("- [x] /deliver", "")]
#[case::bold("**/deliver**", "")]
#[case::bold_words("**/deliver** work", "work")]
#[case::bold_list("- **/deliver**", "")]
#[case::italic("_/deliver_", "")]
#[case::html_bold("<b>/deliver</b>", "</b>")]
#[case::heading("## /deliver", "")]
#[case::zero_width_space("\u{200b}/deliver", "")]
#[case::zero_width_space_behind("/deliver\u{200b}", "")]
#[case::zero_width_space_within("/\u{200b}del\u{200b}iver work", "work")]
#[case::byte_order_mark("\u{feff}/deliver", "")]
#[case::no_break_space("\u{a0}/deliver\u{a0}work", "work")]
#[case::mention("@lea-lead /deliver", "")]
#[case::mention_with_comma("@lea-lead, @org/team: /deliver work", "work")]
#[case::greeting_and_mention("Hi @lea-lead /deliver", "")]
#[case::emoji("🚀 /deliver", "")]
#[case::emoji_name(":rocket: /deliver", "")]
#[case::dash("— /deliver", "")]
#[case::continued_list("- tests\n  /deliver", "")]
#[case::indented_prose("All done\n    /deliver", "")]
#[case::below_a_quotation("> are you done?\n\n/deliver", "")]
#[case::below_a_quoted_mail(
    "On Mon, Lea <lea@example.org> wrote:\n> are you done?\n\n/deliver",
    ""
)]
#[case::below_a_fence("```\ncargo test\n```\n/deliver", "")]
#[case::above_a_signature("/deliver\n\n-- \nDana", "")]
fn command_is_read_where_people_write_it(#[case] text: &str, #[case] words: &str) {
    let reading = read(text);
    assert_eq!(kinds(text), [Delivery], "{text:?}");
    assert_eq!(reading.commands[0].words, words);
    assert_eq!(&text[reading.commands[0].at..][..1], "/");
}

#[rstest]
#[case::prose("I will /deliver tomorrow")]
#[case::greeting_and_prose("Hi Lea, I will /deliver tomorrow")]
#[case::quoted("> /deliver")]
#[case::quoted_list("> - /deliver")]
#[case::lazily_quoted("> are you done?\n/deliver")]
#[case::inline_code("`/deliver`")]
#[case::inline_code_over_lines("`say\n/deliver`")]
#[case::fenced("```\n/deliver\n```")]
#[case::fenced_with_tildes("~~~text\n/deliver\n~~~")]
#[case::unclosed_fence("```\n/deliver")]
#[case::fenced_in_a_list("- like so:\n  ```\n  /deliver\n  ```")]
#[case::indented("So:\n\n    /deliver\n")]
#[case::struck_out("~~/deliver~~")]
#[case::struck_out_over_lines("~~not yet\n/deliver~~")]
#[case::comment("<!-- /deliver -->")]
#[case::comment_over_lines("<!--\n/deliver\n-->")]
#[case::comment_in_prose("soon <!--\n/deliver\n--> done")]
#[case::unclosed_comment("<!-- hint\n\n/deliver")]
#[case::html_code("<pre>\n/deliver\n</pre>")]
#[case::html_quotation("<blockquote>\n\n/deliver\n\n</blockquote>")]
#[case::open_box("- [ ] /deliver")]
#[case::signature("done soon\n\n-- \n/deliver")]
#[case::original_message("soon\n\n-----Original Message-----\nFrom: Dana\n\n/deliver")]
#[case::mail_without_quotation_marks("soon\n\nOn Mon, Dana <dana@example.org> wrote:\n\n/deliver")]
#[case::mail_broken_line(
    "soon\n\nOn Mon, Nov 30 at 9:00 Dana <dana@example.org>\nwrote:\n\n/deliver"
)]
#[case::question("/deliver?")]
#[case::longer_word("/delivery")]
#[case::path("/deliver/work")]
#[case::file("/deliver.sh is broken")]
#[case::space("/ deliver")]
#[case::slash("/")]
#[case::quotation_marks("“/deliver” is what I would write")]
#[case::escaped("\\/deliver")]
fn command_that_is_not_meant_is_not_read(#[case] text: &str) {
    assert_eq!(kinds(text), [], "{text:?}");
}

#[test]
fn all_commands_of_a_text_are_read_in_order() {
    let text = "/progress R1 is done\n\nNow\n/deliver work\n> /answer no\n\n/question R3: which?\n";
    let reading = read(text);
    assert_eq!(kinds(text), [Progress, Delivery, Question]);
    let lines: Vec<usize> = reading.commands.iter().map(|one| one.line).collect();
    assert_eq!(lines, [1, 4, 7]);
    let opens: Vec<bool> = reading.commands.iter().map(|one| one.opens).collect();
    assert_eq!(opens, [true, false, false]);
}

#[rstest]
#[case("/deliver\nabcdef1\n", Some("abcdef1"))]
#[case("/deliver\n\n  abcdef1  \n", Some("abcdef1"))]
#[case("/deliver\n```\nabcdef1\n```\n", Some("abcdef1"))]
#[case("/deliver\nThanks and bye\n", None)]
#[case("/deliver\n> abcdef1\n", None)]
#[case("/deliver\n/progress\n", None)]
#[case("/deliver", None)]
fn next_line_is_given_where_it_is_one_bare_word(#[case] text: &str, #[case] next: Option<&str>) {
    assert_eq!(read(text).commands[0].next_line, next);
}

#[test]
fn unknown_slash_word_is_told_from_a_path() {
    let words = |text: &'static str| -> Vec<(&str, usize, bool)> {
        read(text)
            .unknown
            .iter()
            .map(|one| (one.word, one.line, one.opens))
            .collect()
    };
    assert_eq!(words("/estimate 3d"), [("estimate", 1, true)]);
    assert_eq!(words("Done.\n- /submit"), [("submit", 2, false)]);
    assert_eq!(
        words("<!-- x -->\n\n**/delivered**"),
        [("delivered", 3, true)]
    );
    assert_eq!(words("I added\n/orders\nand /keys"), [("orders", 2, false)]);
    for none in [
        "/etc/hosts is missing",
        "/",
        "/ deliver",
        "`/submit`",
        "> /submit",
        "/1st",
        "/orders/{id}",
    ] {
        assert_eq!(words(none), [], "{none}");
    }
}

#[rstest]
#[case("/question R3: which?", Question, " R3: which?")]
#[case("\u{feff} /Question: which?", Question, " which?")]
#[case("All done.\n\n/deliver work", Delivery, "All done.\n\n work")]
#[case("Hi,\n**/deliver**\nbye", Delivery, "Hi,\n\nbye")]
#[case("**/question** which?", Question, " which?")]
#[case("/progress done\n/deliver", Delivery, "/progress done\n")]
#[case("no command", Question, "no command")]
fn content_is_the_text_without_its_command(
    #[case] text: &str,
    #[case] kind: EntryKind,
    #[case] content: &str,
) {
    assert_eq!(read(text).content(kind), content);
}

#[test]
fn command_before_the_forms_headings_comes_first() {
    let form = "### Done\nall\n### Next\n/question which?";
    let reading = read(form);
    assert_eq!(
        reading.form_before(reading.commands.first()),
        Some(Progress)
    );
    let command = "/decision\n### Done\nall\n### Next\nnothing";
    let reading = read(command);
    assert_eq!(reading.form, Some(Progress));
    assert_eq!(reading.commands[0].kind, Decision);
    assert_eq!(reading.form_before(reading.commands.first()), None);
}

#[test]
fn answer_may_name_the_issue_of_its_question() {
    assert_eq!(read("Yes.\n/answer #12: no").commands[0].kind, Answer);
    assert_eq!(named_issue("#12"), Some(12));
    assert_eq!(named_issue("#12: no"), Some(12));
    assert_eq!(named_issue("#twelve"), None);
    assert_eq!(named_issue("#99999999999999999999999999"), None);
    assert_eq!(named_issue(""), None);
}

#[test]
fn hostile_texts_are_read_in_reasonable_time() {
    let many = 60_000;
    for hostile in [
        "> ".repeat(many) + "/deliver",
        "[".repeat(many) + "\n/deliver",
        "* ".repeat(many) + "/deliver",
        "/deliver\n".repeat(many),
        "/deliver\n\n```\n".repeat(many / 2),
        "`/a".repeat(many),
        "<!--".repeat(many) + "\n/deliver",
        "<b ".repeat(many) + "\n/deliver",
        "**/a".repeat(many),
        ":a:".repeat(many) + " /deliver",
        "On a@b wrote:\n".repeat(many) + "/deliver",
        "@a ".repeat(many) + "/deliver",
        "/deliver ".to_owned() + &"a-b, ".repeat(many),
        "~~/a ".repeat(many),
        "é/a\n".repeat(200_000),
    ] {
        let reading = read(&hostile);
        for command in &reading.commands {
            if command.line < 3 {
                target(command.words, command.next_line, &Names::default());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        let reading = read(&text);
        for kind in [Question, Progress, Decision, EntryKind::Memo, EntryKind::Note] {
            sections(kind, &text);
            prop_assert!(reading.content(kind).len() <= text.len());
        }
        clauses(&text, &text);
    }

    #[test]
    fn hostile_mixtures_of_marks_can_be_read(text in r"([/#~`\-_*<>!@: \r\n\t\[\]xRN0-9\u{feff}\u{200b}é?a-d]|/deliver|<!--|-->|```|On a@b wrote:|-- |<pre>|</pre>){0,80}") {
        let reading = read(&text);
        for command in &reading.commands {
            prop_assert_eq!(&text[command.at..command.at + 1], "/");
            prop_assert!(!reading.content(command.kind).is_empty() || !text.is_empty());
            target(command.words, command.next_line, &Names::default());
        }
        sections(Question, &text);
        clauses("", &text);
    }

    #[test]
    fn quoted_or_fenced_text_holds_no_command(text in r"[a-z/ \n.*@-]{0,80}") {
        let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
        prop_assert_eq!(kinds(&quoted), []);
        prop_assert_eq!(kinds(&format!("````\n{text}\n````")), []);
    }

    #[test]
    fn command_on_a_line_of_its_own_is_read_after_any_paragraphs(before in proptest::collection::vec("[A-Za-z0-9 ,.!?()]{1,40}", 0..4)) {
        let prose: String = before.iter().map(|one| format!("x{one}\n\n")).collect();
        prop_assert_eq!(kinds(&format!("{prose}/deliver")), [Delivery]);
    }

    #[test]
    fn any_words_can_be_read_as_a_target(words in any::<String>(), next in proptest::option::of(any::<String>())) {
        let names = Names { branches: ["main".to_owned(), "work".to_owned()].into(), ..Names::default() };
        target(&words, next.as_deref(), &names);
    }
}
