//! `/pages/components`: every component in every state, for those who build pages and for the tests. Only in debug builds.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::FixedOffset;
use serde::Deserialize;

use super::components::{Choice, FieldErrors, Link, Pages, Step, StepState, When};
use super::failure::PageProblem;
use super::frame::Viewer;
use super::{Frame, page};
use crate::money::{Currency, Money};

const LONG: &str = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley Maximiliana Konstantinopolitanskaja";
const RIGHT_TO_LEFT: &str =
    "\u{5d3}\u{5e0}\u{5d4} \u{5dc}\u{5d5}\u{5d9} \u{5d1}\u{5df}-\u{5d3}\u{5d5}\u{5d3}";
/// Would turn the rest of the line around, if it were not isolated.
const HOSTILE: &str = "Eve \u{202e}gnp.tfigt <b onclick=\"alert(1)\">bold</b>";
const TEXT: &str = "I read R3 as \"keep the order of the lines\".\n\nMy own assessment: sorting would change what the customer sees, so I keep it.\nhttps://example.com/a/very/long/address/that/has/no/place/to/break/0123456789abcdef0123456789abcdef";
const ARABIC: &str = "\u{647}\u{644} \u{64a}\u{62c}\u{628} \u{623}\u{646} \u{64a}\u{628}\u{642}\u{649} \u{627}\u{644}\u{62a}\u{631}\u{62a}\u{64a}\u{628} \u{643}\u{645}\u{627} \u{647}\u{648}\u{61f}";
const SHA: &str = "9fceb02d0ae598e95dc970b74767f19372d61af8";

#[derive(Template)]
#[template(path = "pages/showcase.html")]
struct Showcase {
    frame: Frame,
    /// No errors.
    fine: FieldErrors,
    wrong: FieldErrors,
    choices: Vec<Choice>,
    zones: Vec<&'static str>,
    steps: Vec<Step>,
    ended: Vec<Step>,
    utc: When,
    local: When,
    pay: Money,
    large: Money,
    crumbs: Vec<Link>,
    first: Pages,
    middle: Pages,
}

#[derive(Deserialize)]
pub(super) struct Query {
    /// Who looks at the page: `nobody`, `candidate`, `reviewer`, or else a lead.
    #[serde(default, rename = "as")]
    viewer: String,
}

fn viewer(who: &str) -> Viewer {
    let (name, form_token) = (LONG.to_owned(), String::new());
    match who {
        "nobody" => Viewer::Nobody,
        "candidate" => Viewer::Candidate { name, form_token },
        "reviewer" => Viewer::Reviewer { name, form_token },
        _ => Viewer::Lead { name, form_token },
    }
}

pub(super) async fn show(query: web::Query<Query>) -> Result<HttpResponse, PageProblem> {
    let at = chrono::DateTime::from_timestamp(1_772_443_807, 0).unwrap_or_default();
    let berlin = FixedOffset::east_opt(3600).map_or_else(
        || When::utc(&at),
        |offset| When::local(at, offset, "Europe/Berlin"),
    );
    let shown = Showcase {
        frame: Frame::of_viewer(viewer(&query.viewer), "Components").at("/launches"),
        fine: FieldErrors::none(),
        wrong: FieldErrors::none()
            .with("wrong-name", "Enter a name.")
            .with(
                "wrong-login",
                "GitHub knows no account `ada-exmaple`. Check the spelling.",
            )
            .with("wrong-note", "Shorten the note to 2,000 characters.")
            .with("wrong-spec", "Choose a spec.")
            .with("wrong-file", "Choose a file, or paste the list below.")
            .with("wrong-due", "Choose a time within the next 14 days.")
            .with("wrong-reason", "Choose a reason.")
            .with("wrong-terms", "Confirm that you read the terms."),
        choices: vec![
            Choice::new("time", "I have no time", false).with_hint("We may ask you again later."),
            Choice::new("pay", "The pay is too low", true),
            Choice::new("other", LONG, false),
        ],
        zones: vec!["Europe/Berlin", "America/Argentina/ComodRivadavia"],
        steps: steps(StepState::Now, StepState::Ahead),
        ended: steps(StepState::Off, StepState::Off),
        utc: When::utc(&at),
        local: berlin,
        pay: Money::new(120_000, Currency::EUR),
        large: Money::new(1_234_567_890, Currency::JPY),
        crumbs: vec![
            Link::new("/launches", "Launches"),
            Link::new("/launches/new", LONG),
        ],
        first: pages(1),
        middle: pages(7),
    };
    page(StatusCode::OK, &shown)
}

fn pages(current: u32) -> Pages {
    Pages {
        current,
        last: 12,
        base: "/pages/components?page=".to_owned(),
    }
}

fn steps(now: StepState, later: StepState) -> Vec<Step> {
    vec![
        Step::new("Offered", StepState::Done, "2 Mar"),
        Step::new("Accepted", StepState::Done, "3 Mar"),
        Step::new("Working", now, "until 17 Mar, 18:00"),
        Step::new("Delivered", later, ""),
        Step::new("Assessed", later, ""),
        Step::new("Decided", later, ""),
        Step::new("Paid and closed", later, ""),
    ]
}
