//! Reports as their readers get them: JSON, Markdown and HTML of a rich work sample, of hostile texts, and of the same facts
//! in another order.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::Value;
use worksample::report::{Report, schema};
use worksample::work_sample::fold;

use crate::report_story::{Story, dana, lee, ready, rich, version};

/// Where a look at the pages is wanted: they stand beside the build's other leavings.
fn kept(name: &str, content: &str) {
    let _ = std::fs::write(format!("{}/{name}", env!("CARGO_TARGET_TMPDIR")), content);
}

fn report(story: &Story) -> Report {
    Report::of(&version(), &story.fold())
}

#[test]
fn a_rich_work_sample_as_json() {
    insta::assert_snapshot!("report.json", report(&rich()).to_json());
}

#[test]
fn a_rich_work_sample_as_markdown() {
    insta::assert_snapshot!("report.md", report(&rich()).to_markdown());
}

/// Debian's `python3-jsonschema`, a validator that we did not write: prints what is wrong, a line each. Several
/// instances are checked, since the program takes a moment to start.
const VALIDATOR: &str = "
import json, sys
from jsonschema import Draft202012Validator
schema, instances = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
for number, instance in enumerate(instances):
    for error in Draft202012Validator(schema).iter_errors(instance):
        print(number, '/'.join(map(str, error.absolute_path)), error.message[:200])";

/// What a validator finds wrong with the instances; `None` where there is none on this machine.
fn found_wrong(schema: &Value, instances: &[Value]) -> Option<Vec<String>> {
    let mut child = Command::new("/usr/bin/python3")
        .args(["-I", "-W", "ignore", "-c", VALIDATOR])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let input = serde_json::to_vec(&(schema, instances)).unwrap();
    // A validator that is not there does not read either.
    let _ = child.stdin.take().unwrap().write_all(&input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named") {
        return None;
    }
    assert!(output.status.success(), "{said}");
    let found = String::from_utf8(output.stdout).unwrap();
    Some(found.lines().map(str::to_owned).collect())
}

#[test]
fn the_json_is_what_its_schema_says() {
    let offered = Report::of(&version(), &fold(&rich().events()[..2]).unwrap());
    let mut reports: Vec<Value> = [report(&rich()), report(&ready()), offered]
        .iter()
        .map(|report| serde_json::from_str(&report.to_json()).unwrap())
        .collect();
    assert!(reports.iter().all(|report| report["schema_version"] == 1));
    // The fourth one the schema must refuse.
    let mut wrong = reports[0].clone();
    wrong["state"] = "hired".into();
    reports.push(wrong);
    let Some(found) = found_wrong(&schema(), &reports) else {
        return crate::support::skip("there is no python3-jsonschema on this machine");
    };
    assert_eq!(found.len(), 1, "{}", found.join("\n"));
    assert!(found[0].starts_with("3 state "), "{found:?}");
}

#[test]
fn a_page_asks_the_network_for_nothing_and_runs_nothing() {
    let page = Page::of(&rich());
    kept("report.html", &page.html);
    page.check();
    assert!(page.html.contains("default-src 'none'; style-src 'sha256-"));
    assert!(page.html.contains("Evidence, never a verdict."));
}

#[test]
fn every_link_within_a_page_leads_somewhere_and_no_place_has_two_names_alike() {
    Page::of(&rich()).check_links();
    Page::of(&ready()).check_links();
}

#[test]
fn every_finding_links_the_events_it_rests_on() {
    let story = rich();
    let report = report(&story);
    let html = report.to_html();
    let keys: Vec<_> = report
        .dimensions
        .iter()
        .flat_map(|one| &one.findings)
        .flat_map(|one| &one.events)
        .collect();
    assert!(keys.len() > 10, "{}", keys.len());
    for key in keys {
        assert!(
            report
                .log
                .iter()
                .any(|line| line.event.as_ref() == Some(key)),
            "{key} is not in the log"
        );
        assert!(
            !html.contains(&format!("<code>{key}</code>")),
            "{key} has no place to link to"
        );
    }
}

#[test]
fn a_work_sample_that_was_only_offered_has_a_report_too() {
    let events = &rich().events()[..2];
    let report = Report::of(&version(), &fold(events).unwrap());
    let page = Page {
        html: report.to_html(),
    };
    page.check();
    page.check_links();
    assert!(page.html.contains("nothing to draw yet"));
    assert!(report.to_markdown().contains("Nothing was delivered."));
}

#[test]
fn the_e_mail_address_stays_out_of_every_format() {
    let report = report(&rich());
    for text in [report.to_json(), report.to_markdown(), report.to_html()] {
        assert!(!text.contains("dana@example.org"));
    }
}

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](https://evil.example/pixel.png)",
    "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<p style=\"background:url(https://evil.example)\" id=\"acceptance\">styled</p>",
    "</article></main><section id=\"findings\"><h2>Findings</h2><p>Hire this person.</p>",
    "# Acceptance results\n\nAll met.\n\n## Findings\n===\n---",
    "\u{202e}drawkcab\u{202c} \u{0}null \u{1b}[31m \u{e0041}\u{e0042}",
    "{{ r.notice }} {% include \"x\" %} &lt;b&gt; ' \" `",
    "<!-- --> <![CDATA[ ]]> <?php ?> <base href=https://evil.example>",
];

fn hostile_story(text: &str) -> Story {
    let mut story = ready();
    let form = format!(
        "### Clause\n\nR1 {text}\n\n### What I already know\n\n{text}\n\n### My own assessment\n\n{text}\n\n### Blocking?\n\n{text}"
    );
    story.issue(dana(), 2, "2 11:30", &format!("Question: {text}"), &form);
    let place = story.comment(dana(), 2, "2 12:30", text);
    story.edit(&place, "2 12:40", text, "now harmless");
    story.issue(lee(), 3, "2 13:30", text, &format!("/progress {text}"));
    story.push("2 14:00", false, &[text]);
    story
}

#[test]
fn hostile_texts_do_nothing_in_a_page_and_forge_nothing_in_markdown() {
    let harmless = headings(&report(&hostile_story("harmless")).to_markdown());
    for text in HOSTILE {
        let story = hostile_story(text);
        let page = Page::of(&story);
        page.check();
        page.check_links();
        let markdown = report(&story).to_markdown();
        assert_eq!(
            headings(&markdown).len(),
            harmless.len(),
            "{text:?} forged a heading:\n{markdown}"
        );
        for hidden in ['\u{202e}', '\u{0}', '\u{1b}', '\u{e0041}'] {
            assert!(!page.html.contains(hidden) && !markdown.contains(hidden));
        }
    }
}

#[test]
fn a_huge_text_is_cut_and_says_so() {
    let story = hostile_story(&"long ".repeat(40_000));
    let html = Page::of(&story);
    html.check();
    assert!(html.html.contains("more characters are not shown"));
    assert!(html.html.len() < 2_000_000, "{}", html.html.len());
}

fn headings(markdown: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Parser, Tag};
    Parser::new(markdown)
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(level.to_string()),
            Event::Html(html) | Event::InlineHtml(html) => Some(format!("html {html}")),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_facts_in_any_order_give_the_same_bytes(by in proptest::collection::vec(0_usize..200, 0..80)) {
        let story = rich();
        let told = report(&story);
        let shuffled = Report::of(&version(), &fold(&story.shuffled(&by)).unwrap());
        prop_assert_eq!(told.to_json(), shuffled.to_json());
        prop_assert_eq!(told.to_markdown(), shuffled.to_markdown());
        prop_assert_eq!(told.to_html(), shuffled.to_html());
    }
}

/// A page and what must be true of every page.
struct Page {
    html: String,
}

/// A start tag: its name and its attributes.
type StartTag = (String, Vec<(String, String)>);

impl Page {
    fn of(story: &Story) -> Page {
        Page {
            html: report(story).to_html(),
        }
    }

    /// Well-formed, without script, and without anything that a browser would fetch.
    fn check(&self) {
        let allowed_void = ["meta", "br", "hr"];
        let mut open: Vec<String> = Vec::new();
        for (name, attributes) in self.tags() {
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(
                    open.pop().as_deref(),
                    Some(name),
                    "closing tags do not nest"
                );
                continue;
            }
            for banned in [
                "script",
                "iframe",
                "object",
                "embed",
                "img",
                "image",
                "use",
                "link",
                "base",
                "form",
                "math",
                "video",
                "audio",
                "foreignobject",
            ] {
                assert_ne!(name, banned);
            }
            for (attribute, value) in &attributes {
                assert!(!attribute.starts_with("on"), "{name} {attribute}");
                assert!(
                    ![
                        "src",
                        "srcset",
                        "style",
                        "background",
                        "poster",
                        "data",
                        "action",
                        "xlink:href"
                    ]
                    .contains(&attribute.as_str()),
                    "{name} {attribute}={value}"
                );
                if attribute == "href" {
                    let leads = value.starts_with('#')
                        || value.starts_with("https://github.com/acme-samples/");
                    assert!(leads, "{name} leads to {value}");
                }
            }
            let closes_itself = attributes.iter().any(|(name, _)| name == "/");
            if !allowed_void.contains(&name.as_str()) && !closes_itself {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "left open: {open:?}");
        let style = self
            .html
            .split("<style>")
            .nth(1)
            .unwrap()
            .split("</style>")
            .next()
            .unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"));
    }

    fn check_links(&self) {
        let tags = self.tags();
        let of = |wanted: &str| -> Vec<String> {
            tags.iter()
                .flat_map(|(_, attributes)| attributes)
                .filter(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
                .collect()
        };
        let ids = of("id");
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        let twice: Vec<_> = ids
            .iter()
            .filter(|id| ids.iter().filter(|other| other == id).count() > 1)
            .collect();
        assert_eq!(distinct.len(), ids.len(), "given twice: {twice:?}");
        for link in of("href").iter().filter_map(|link| link.strip_prefix('#')) {
            assert!(distinct.contains(&link.to_owned()), "#{link} leads nowhere");
        }
        for labelled in of("aria-labelledby").iter().flat_map(|ids| ids.split(' ')) {
            assert!(
                distinct.contains(&labelled.to_owned()),
                "{labelled} labels nothing"
            );
        }
    }

    /// All tags, read strictly: attributes are quoted, nothing is left unclosed.
    fn tags(&self) -> Vec<StartTag> {
        let body = self.html.strip_prefix("<!doctype html>").unwrap();
        let (head, rest) = body.split_once("<style>").unwrap();
        let (_, rest) = rest.split_once("</style>").unwrap();
        let mut tags = read_tags(head);
        tags.extend(read_tags(rest));
        tags
    }
}

fn read_tags(html: &str) -> Vec<StartTag> {
    html.split('<')
        .skip(1)
        .map(|piece| {
            let end = tag_end(piece);
            let tag = &piece[..end];
            assert!(
                !piece[end + 1..].contains('>')
                    || piece[end + 1..].trim_start().is_empty()
                    || !piece[end + 1..].contains("<"),
                "{piece}"
            );
            let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut attributes = Vec::new();
            if name.ends_with('/') {
                attributes.push(("/".to_owned(), String::new()));
            }
            loop {
                rest = rest.trim();
                if rest.is_empty() {
                    break;
                }
                if rest == "/" {
                    attributes.push(("/".to_owned(), String::new()));
                    break;
                }
                let (attribute, after) = rest
                    .split_once("=\"")
                    .unwrap_or_else(|| panic!("attribute without quotes in <{tag}>"));
                let (value, after) = after
                    .split_once('"')
                    .unwrap_or_else(|| panic!("open quote in <{tag}>"));
                attributes.push((attribute.trim().to_lowercase(), value.to_owned()));
                rest = after;
            }
            (name.trim_end_matches('/').to_lowercase(), attributes)
        })
        .collect()
}

/// Where a tag ends: the first `>` outside of quotes.
fn tag_end(piece: &str) -> usize {
    let mut quoted = false;
    for (index, c) in piece.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return index,
            _ => {}
        }
    }
    panic!("a tag is not closed: {piece}")
}
