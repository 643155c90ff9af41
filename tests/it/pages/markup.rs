//! The markup of every page, read with a parser: one heading, one main part, labels, unique ids, nothing inline.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use rstest::rstest;
use worksample::rehearsal::World;
use worksample::web::setup::{ManifestForm, SetupPage};
use worksample::workflow::{links, people};

use super::{LIST, launched};
use crate::launching::world;
use crate::support::visitor::{Page, Visitor, person, sign_in_path};

const MOST_BYTES: usize = 60_000;

const VOID: &[&str] = &[
    "meta", "link", "input", "br", "hr", "img", "path", "col", "wbr",
];
const STYLE: &str = include_str!("../../../templates/pages/style.css");

/// Classes that need no rule: they name what is the default.
const WITHOUT_RULE: &[&str] = &["primary", "neutral", "confirm", "ahead", "plain"];

/// What ends a paragraph without its end tag.
const BLOCKS: &[&str] = &[
    "p", "div", "ul", "ol", "dl", "table", "form", "section", "h1", "h2", "h3", "fieldset",
    "details", "nav", "pre",
];

#[derive(Debug)]
enum Piece {
    Start(String, BTreeMap<String, String>),
    End(String),
    Text(String),
}

#[derive(Default)]
struct Pieces {
    pieces: RefCell<Vec<Piece>>,
    errors: RefCell<Vec<String>>,
}

impl TokenSink for Pieces {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if tag.kind == TagKind::EndTag {
                    self.pieces.borrow_mut().push(Piece::End(name));
                    return TokenSinkResult::Continue;
                }
                let raw = matches!(name.as_str(), "title" | "textarea");
                let attributes = tag
                    .attrs
                    .iter()
                    .map(|one| (one.name.local.to_string(), one.value.to_string()))
                    .collect();
                self.pieces
                    .borrow_mut()
                    .push(Piece::Start(name, attributes));
                if raw {
                    return TokenSinkResult::RawData(RawKind::Rcdata);
                }
            }
            Token::CharacterTokens(text) => {
                self.pieces.borrow_mut().push(Piece::Text(text.to_string()))
            }
            Token::ParseError(error) => self
                .errors
                .borrow_mut()
                .push(format!("line {line}: {error}")),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    /// Its text, also of what is in it.
    text: String,
    parents: Vec<String>,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// The elements of a page in their order, and what is wrong with how they are written.
fn elements(html: &str) -> (Vec<Element>, Vec<String>) {
    let queue = BufferQueue::default();
    queue.push_back(html.into());
    let options = TokenizerOpts {
        exact_errors: true,
        ..TokenizerOpts::default()
    };
    let tokenizer = Tokenizer::new(Pieces::default(), options);
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let mut wrong = tokenizer.sink.errors.take();
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for piece in tokenizer.sink.pieces.take() {
        match piece {
            Piece::Start(name, attributes) => {
                let parents: Vec<String> = open.iter().map(|at| found[*at].name.clone()).collect();
                if BLOCKS.contains(&name.as_str()) && parents.last().is_some_and(|one| one == "p") {
                    wrong.push(format!("<{name}> within <p>"));
                }
                found.push(Element {
                    name: name.clone(),
                    attributes,
                    text: String::new(),
                    parents,
                });
                if !VOID.contains(&name.as_str()) {
                    open.push(found.len() - 1);
                }
            }
            Piece::End(name) => match open.last() {
                Some(at) if found[*at].name == name => {
                    open.pop();
                }
                Some(_) | None if VOID.contains(&name.as_str()) => {}
                other => wrong.push(format!(
                    "</{name}> ends {:?}",
                    other.map(|at| &found[*at].name)
                )),
            },
            Piece::Text(text) => {
                for at in &open {
                    found[*at].text.push_str(&text);
                }
            }
        }
    }
    wrong.extend(
        open.iter()
            .map(|at| format!("<{}> has no end", found[*at].name)),
    );
    (found, wrong)
}

/// Everything that is wrong with a page.
pub fn faults(html: &str) -> Vec<String> {
    let (all, mut wrong) = elements(html);
    let named = |name: &'static str| all.iter().filter(move |one| one.name == name);
    if !html.starts_with("<!doctype html>") {
        wrong.push("no doctype".into());
    }
    if html.len() > MOST_BYTES {
        wrong.push(format!("{} bytes", html.len()));
    }
    for name in ["h1", "title", "main", "header", "footer"] {
        let count = named(name).count();
        if count != 1 || (named(name).any(|one| one.text.trim().is_empty())) {
            wrong.push(format!("{count} <{name}>, or without a text"));
        }
    }
    if named("html").all(|one| one.get("lang").is_empty()) {
        wrong.push("no language".into());
    }
    if named("main").all(|one| one.get("id") != "main")
        || named("a")
            .next()
            .is_none_or(|one| one.get("href") != "#main")
    {
        wrong.push("the first link does not skip to the main part".into());
    }
    for name in ["style", "script", "iframe", "object"] {
        if named(name).next().is_some() {
            wrong.push(format!("<{name}>"));
        }
    }
    let mut ids = BTreeSet::new();
    for one in &all {
        let id = one.get("id");
        if one.attributes.contains_key("id") && (id.is_empty() || !ids.insert(id)) {
            wrong.push(format!("the id {id:?} is there twice, or empty"));
        }
        for class in one.get("class").split_whitespace() {
            if !has_rule(class) {
                wrong.push(format!("the class {class:?} has no rule"));
            }
        }
        for (name, value) in &one.attributes {
            if name == "style" || name.starts_with("on") || value.starts_with("javascript:") {
                wrong.push(format!("<{}> has {name}={value:?}", one.name));
            }
        }
    }
    let references = ["for", "aria-describedby", "aria-labelledby", "list", "form"];
    for one in &all {
        let fragment = one.get("href").strip_prefix('#');
        let named = references
            .iter()
            .flat_map(|name| one.get(name).split_whitespace());
        for id in named.chain(fragment) {
            if !ids.contains(id) {
                wrong.push(format!(
                    "<{}> refers to #{id}, which is not there",
                    one.name
                ));
            }
        }
    }
    wrong.extend(unnamed(&all));
    wrong.extend(headings(&all));
    wrong
}

/// Does the stylesheet know this class?
fn has_rule(class: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let mut rules = STYLE.split('.').skip(1);
    WITHOUT_RULE.contains(&class) || rules.any(|rule| rule.strip_prefix(class).is_some_and(is_end))
}

/// What has no name for a screen reader.
fn unnamed(all: &[Element]) -> Vec<String> {
    let labelled: BTreeSet<&str> = all
        .iter()
        .filter(|one| one.name == "label" && !one.text.trim().is_empty())
        .map(|one| one.get("for"))
        .collect();
    let nameless = |one: &&Element| {
        let is_field = matches!(one.name.as_str(), "input" | "select" | "textarea");
        let needs_text = matches!(
            one.name.as_str(),
            "a" | "button" | "summary" | "legend" | "th"
        );
        let has_name = !one.get("aria-label").is_empty();
        match one.name.as_str() {
            "input" if one.get("type") == "hidden" => false,
            "nav" | "progress" => !has_name,
            "th" if one.get("scope").is_empty() => true,
            _ if is_field => !labelled.contains(one.get("id")) && !has_name,
            _ => needs_text && one.text.trim().is_empty() && !has_name,
        }
    };
    let found = all.iter().filter(nameless);
    found
        .map(|one| format!("<{}> {:?} has no name", one.name, one.attributes))
        .collect()
}

/// Headings that skip a level.
fn headings(all: &[Element]) -> Vec<String> {
    let levels: Vec<u32> = all
        .iter()
        .filter_map(|one| one.name.strip_prefix('h')?.parse().ok())
        .collect();
    levels
        .windows(2)
        .filter(|pair| pair[1] > pair[0] + 1)
        .map(|pair| format!("h{} after h{}", pair[1], pair[0]))
        .collect()
}

#[rstest]
#[case::two_headings("<h1>One</h1><h1>Two</h1>", "2 <h1>")]
#[case::inline_style("<h1>One</h1><p style=\"color: red\">x</p>", "style")]
#[case::handler("<h1>One</h1><a href=\"/\" onclick=\"x()\">x</a>", "onclick")]
#[case::no_label("<h1>One</h1><input id=\"a\">", "no name")]
#[case::twice("<h1>One</h1><p id=\"a\">x</p><p id=\"a\">x</p>", "twice")]
#[case::no_target(
    "<h1>One</h1><label for=\"b\">B</label><input id=\"a\" aria-label=\"A\">",
    "#b"
)]
#[case::not_closed("<h1>One</h1><div>x", "</main> ends")]
#[case::block_in_paragraph("<h1>One</h1><p><div>x</div></p>", "within <p>")]
#[case::no_rule("<h1>One</h1><p class=\"stack\">x</p>", "stack")]
#[case::skipped_level("<h1>One</h1><h3>Three</h3>", "h3 after h1")]
fn page_with_a_fault_is_told(#[case] main: &str, #[case] told: &str) {
    let page = |main: &str| {
        format!(
            "<!doctype html><html lang=\"en\"><head><title>T</title></head><body><a href=\"#main\">Skip</a><header>H</header><main id=\"main\">{main}</main><footer>F</footer></body></html>"
        )
    };
    assert_eq!(faults(&page("<h1>One</h1>")), Vec::<String>::new());
    let found = faults(&page(main));
    assert!(found.iter().any(|one| one.contains(told)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_sound_markup() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut nobody = Visitor::new(&world);
    let mut visitor = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let mut pages = Vec::new();
    for path in ["/", "/sign-in"] {
        pages.push((path.to_owned(), nobody.get(path).await));
    }
    for path in [
        "/launches",
        "/launches/new",
        "/launches/nonsense",
        "/pages/components",
        "/pages/components?as=nobody",
        "/pages/components?as=candidate",
        "/pages/components?as=reviewer",
    ] {
        pages.push((path.to_owned(), visitor.get(path).await));
    }
    let token = pages[3].1.form_token("/launches/check");
    for list in [LIST, "salary\n1", "name,email\nCy,nowhere\n"] {
        let fields = [
            ("form_token", token.as_str()),
            ("spec", "greeting"),
            ("list", list),
        ];
        let page = visitor.post_parts("/launches/check", &fields).await;
        pages.push((format!("/launches/check with {list}"), page));
    }
    let batch = launched(&world, &mut visitor).await;
    for path in [batch.as_str(), "/launches"] {
        pages.push((path.to_owned(), visitor.get(path).await));
    }
    pages.extend(of_the_team(&world, &mut visitor).await);
    let wrong: Vec<String> = pages
        .iter()
        .flat_map(|(path, page)| {
            let found = faults(&page.text).into_iter();
            found.map(move |one| format!("{path}: {one}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (path, page) in &pages {
        assert!(page.policy.contains("default-src 'none'"), "{path}");
        assert!(!page.policy.contains("unsafe"), "{path}");
    }
    world.stop().await.unwrap();
}

/// The pages about people, tokens and oneself, as they are and sent back.
async fn of_the_team(world: &World, lead: &mut Visitor) -> Vec<(String, Page)> {
    let services = &world.services;
    let rita = person(services, "Rita <i>Reviewer</i>", "reviewer").await;
    let path = format!("/people/{}", rita.id);
    let mut pages = Vec::new();
    let link = sign_in_path(services, "Rita <i>Reviewer</i>", "reviewer").await;
    pages.push((link.clone(), Visitor::new(world).get(&link).await));
    for path in ["/people", "/tokens", "/account", &path] {
        pages.push((path.to_owned(), lead.get(path).await));
    }
    let form_token = lead.get("/account").await.form_token("/account");
    let token = ("form_token", form_token.as_str());
    let (email, name) = (("email", "nowhere"), ("name", ""));
    let script = [token, ("label", "script"), ("role", "lead"), ("days", "3")];
    let with_key = |fields: &[(&'static str, &'static str)]| {
        let mut all = vec![token, ("key", "the key")];
        all.extend(fields);
        all
    };
    let invite = with_key(&[("name", "Olga"), ("role", "lead")]);
    let make = with_key(&[("label", "laptop"), ("role", "lead"), ("days", "3")]);
    for (path, fields) in [
        ("/people", vec![token, email, name]),
        ("/people", invite.clone()),
        ("/people", invite),
        (&path, vec![token, email, name]),
        ("/account", vec![token, email]),
        (
            "/tokens",
            vec![token, ("label", ""), ("role", "lead"), ("days", "")],
        ),
        ("/tokens", script.to_vec()),
        ("/tokens", make.clone()),
        ("/tokens", make),
    ] {
        let page = lead.post(path, &fields).await;
        assert!(page.status.as_u16() < 500, "{path}: {}", page.text);
        pages.push((format!("{path} with {fields:?}"), page));
    }
    people::disable(services, &rita.id, "test").await.unwrap();
    for path in ["/people", "/tokens", &path] {
        pages.push((path.to_owned(), lead.get(path).await));
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn first_lead_page_has_sound_markup_and_keeps_what_was_typed() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let token = links::first_lead_link(&world.services).await.unwrap();
    let link = links::sign_in_url("", &token.unwrap());
    let mut visitor = Visitor::new(&world);
    let page = visitor.get(&link).await;
    assert_eq!(faults(&page.text), Vec::<String>::new());
    let form_token = page.form_token(&link);
    let fields = [
        ("form_token", form_token.as_str()),
        ("name", "Ada"),
        ("email", "nowhere"),
    ];
    let page = visitor.post(&link, &fields).await;
    assert_eq!(faults(&page.text), Vec::<String>::new());
    page.has_error(422, "email", "is not an e-mail address");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn error_page_keeps_what_was_typed() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let new = visitor.get("/launches/new").await;
    let typed = "\nname,salary\n</textarea><b>x</b>,1";
    let fields = [
        ("form_token", new.form_token("/launches/check")),
        ("spec", "greeting".to_owned()),
        ("list", typed.to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let page = visitor.post_parts("/launches/check", &fields).await;
    let (all, _) = elements(&page.text);
    let area = all.iter().find(|one| one.name == "textarea").unwrap();
    assert!(area.text.ends_with(typed.trim_start()), "{}", area.text);
    let title = all.iter().find(|one| one.name == "title").unwrap();
    assert!(title.text.starts_with("Error: "), "{}", title.text);
    assert!(area.parents.contains(&"form".to_owned()));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_page_has_sound_markup_and_posts_to_github_only() {
    let origin = "https://github.example.com";
    let form = |back: &str| ManifestForm {
        org: "acme <b>".into(),
        action: format!("{origin}/organizations/acme/settings/apps/new?state=s"),
        manifest: format!("{{\"redirect_url\":\"{back}\"}}"),
        origin: origin.into(),
    };
    let page = SetupPage::serve("s".into(), form).unwrap();
    let base = page.url();
    for (path, status, says) in [
        ("", 200, "Continue at GitHub"),
        ("nowhere", 404, "no page at this address"),
        ("created", 400, "no code"),
        ("created?code=c&state=other", 400, "Nothing was done"),
        ("created?code=c&state=s", 200, "The App is created"),
        ("created?code=c&state=s", 400, "came before"),
    ] {
        let answer = reqwest::get(format!("{base}{path}")).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains(&format!("form-action {origin} 'self'")),
            "{policy}"
        );
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(says), "{path}: {text}");
        assert!(!text.contains("acme <b>"), "{text}");
        assert_eq!(faults(&text), Vec::<String>::new(), "{path}");
    }
    let style = reqwest::get(format!("{base}pages/style.css"))
        .await
        .unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    page.stop().await;
}
