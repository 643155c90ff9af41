//! Hostile words in every field of every message: no header is forged, no markup gets through, nothing reorders the text.

use worksample::ids::WorkSampleId;
use worksample::mail::{Headers, Mailbox, message_id, thread_id};

use super::letters::{Words, all, letter, mailer};

/// A message for each kind with these words everywhere, by name.
pub fn messages(words: &Words) -> Vec<(String, Vec<u8>)> {
    let mailer = mailer();
    let id: WorkSampleId = format!("ws_{}", "1".repeat(32)).parse().unwrap();
    let to = Mailbox::named(&words.candidate, "toni@example.org").unwrap();
    all(words)
        .into_iter()
        .map(|(name, wanted)| {
            let message_id = message_id(&id, &name, "candidate", 0, &mailer.from);
            let thread = thread_id(&id, &mailer.from);
            let headers = Headers {
                to: &to,
                message_id: &message_id,
                thread: &thread,
                date: "2026-03-02T09:00:00Z".parse().unwrap(),
                personal: Some("https://work.acme.example/o/token"),
                unsubscribe: Some("https://work.acme.example/unsubscribe/token"),
            };
            let eml = mailer.render(&letter(&wanted, words), &headers).unwrap();
            assert_eq!(
                eml,
                mailer.render(&letter(&wanted, words), &headers).unwrap()
            );
            (name, eml)
        })
        .collect()
}

pub fn hostile() -> Vec<(&'static str, Words)> {
    let everywhere = |text: &str| Words {
        title: text.to_owned(),
        candidate: text.to_owned(),
        text: text.to_owned(),
        url: format!("https://github.com/{text}"),
    };
    vec![
        (
            "lines",
            everywhere("x\r\nBcc: victim@example.org\r\n\r\n<p>body</p>\nReply-To: a@b.c"),
        ),
        (
            "markup",
            everywhere("<script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x"),
        ),
        (
            "bidi",
            everywhere("abc\u{202e}fdp.exe\u{2066}\u{200f}\u{feff}"),
        ),
        ("long", everywhere(&"lang 長い ".repeat(3000))),
        (
            "encoded",
            everywhere("=?utf-8?q?=0D=0ABcc:_x@y.z?= =0D=0ABcc: x@y.z"),
        ),
        (
            "scheme",
            Words {
                url: "javascript:alert(1)".into(),
                ..everywhere("x")
            },
        ),
        ("dots", everywhere("\r\n.\r\nMAIL FROM:<a@b.c>\r\n..")),
        ("nothing", everywhere("\u{0}\u{1b}[31m\u{200b}")),
    ]
}

const ALLOWED: [&str; 14] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

#[test]
fn no_words_forge_a_header_or_a_part() {
    let usual = messages(&Words::default());
    let parts = |eml: &str| eml.matches("\r\nContent-Type: ").count();
    for (what, words) in hostile() {
        for ((name, eml), (_, expected)) in messages(&words).iter().zip(&usual) {
            let eml = std::str::from_utf8(eml).unwrap();
            let (head, _) = eml.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), names.len(), "{what}, {name}: {head}");
            assert!(
                names.iter().all(|one| ALLOWED.contains(one)),
                "{what}, {name}: {head}"
            );
            assert!(head.is_ascii() && !head.replace("\r\n", "").contains(['\r', '\n']));
            assert!(
                head.split("\r\n").all(|line| line.len() <= 998),
                "{what}, {name}"
            );
            let expected = std::str::from_utf8(expected).unwrap();
            assert_eq!(parts(eml), parts(expected), "{what}, {name}");
            assert!(eml.lines().all(|line| line.len() <= 998), "{what}, {name}");
        }
    }
}

#[test]
fn no_words_become_markup_or_links_or_reorder_text() {
    for (what, words) in hostile() {
        for (name, wanted) in all(&words) {
            let letter = letter(&wanted, &words);
            assert!(letter.subject.chars().count() < 220, "{what}, {name}");
            let (text, html) = mailer().parts(&letter, None).unwrap();
            for part in [&text, &html, &letter.subject] {
                let hidden = [
                    '\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}', '\u{1b}', '\u{0}',
                ];
                assert!(!part.contains(hidden), "{what}, {name}: {part}");
                assert!(part.len() < 40_000, "{what}, {name}");
            }
            for bad in ["<script", "<img", "<p>body", "\" onload", "javascript:"] {
                assert!(!html.contains(bad), "{what}, {name}: {html}");
            }
        }
    }
}
