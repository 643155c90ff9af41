//! A candidate's whole way in a browser: from the link in the mail to the archive of their data.

use std::io::{Cursor, Read as _};

use reqwest::Method;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::spec::forms::Form;
use worksample::store::MessageFilter;
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::{messages, publish, show};
use zip::ZipArchive;

use super::looks::{Look, looks};
use crate::pages::candidate::{decide, shows_nothing_reviewer_only};
use crate::support::at_github::AtGitHub;
use crate::support::browser::Browser;
use crate::support::small;
use crate::support::visitor::Visitor;

/// The address that links in the mails of a rehearsal's world begin with.
const PUBLIC_URL: &str = "http://127.0.0.1";

/// Offers the small spec to Ada, who has an address for mail.
pub async fn offered_by_mail(world: &World) -> WorkSampleId {
    let (version, _) = publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    let wanted = Launch {
        spec: version.digest,
        candidate: "Ada Able".into(),
        email: Some("ada@example.com".into()),
        organization: None,
        again: false,
        lead: "Lea Lead".into(),
    };
    let made = launch(&world.services, wanted, None).await.unwrap();
    world.settle().await.unwrap();
    made.id
}

/// The personal link in the mail that was written to the candidate last.
pub async fn link_in_mail(world: &World) -> String {
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let start = format!("{PUBLIC_URL}/o/");
    rows.iter()
        .find_map(|row| {
            let mail = String::from_utf8(row.eml.clone()).unwrap();
            let mail = mail.replace("=\r\n", "");
            let (_, rest) = mail.split_once(&start)?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
            Some(format!("{start}{}", &rest[..end?]))
        })
        .unwrap()
}

/// A browser that finds the service at the address that its mails name.
pub async fn browser_for(world: &World, look: Look) -> Option<Browser> {
    let browser = Browser::open_where(look.width, 900, "127.0.0.1:80", world.address).await?;
    if !look.scripts {
        browser.without_scripts().await;
    }
    Some(browser)
}

struct Way<'w> {
    world: &'w World,
    browser: Browser,
    id: WorkSampleId,
}

impl Way<'_> {
    /// The page of the offer or the work, as soon as it says this; it fits the window.
    async fn sees(&self, words: &str) -> String {
        let text = self.browser.sees("/offer", words).await;
        assert_eq!(self.browser.sideways().await, 0, "too wide: {text}");
        text
    }

    /// Loads the page once more, after everything that was set off is done.
    async fn later(&self, words: &str) -> String {
        self.world.settle().await.unwrap();
        self.browser.goto(&format!("{PUBLIC_URL}/offer")).await;
        self.sees(words).await
    }

    async fn reads_the_offer(&self) {
        let link = link_in_mail(self.world).await;
        self.browser.goto(&link).await;
        let offer = self.sees("A greeting in a file").await;
        for words in ["50.00 EUR", "What is recorded", "Who pays", "24 hours"] {
            assert!(offer.contains(words), "{words}: {offer}");
        }
        shows_nothing_reviewer_only(&offer);
        let address = self.browser.client.current_url().await.unwrap();
        assert_eq!(address.path(), "/offer", "the link is not kept");
        self.browser.press("Accept or decline").await;
    }

    async fn accepts(&self) {
        let browser = &self.browser;
        browser.fill("login", "nobody-there").await;
        browser.set("due", "2026-03-04T18:00").await;
        browser.set("due-zone", "Europe/Berlin").await;
        browser.press("Accept the offer").await;
        let refused = self.sees("There is a problem").await;
        assert!(refused.contains("no person"), "{refused}");
        for (field, typed) in [
            ("login", "nobody-there"),
            ("due", "2026-03-04T18:00"),
            ("due-zone", "Europe/Berlin"),
        ] {
            assert_eq!(browser.value_of(field).await, typed, "kept");
        }
        browser.fill("login", "ada").await;
        browser.press("Accept the offer").await;
        let accepted = self.sees("Your repository is being made").await;
        // 18:00 in Berlin, for somebody who now reads times of Berlin.
        assert!(accepted.contains("Wed 4 Mar 2026, 18:00"), "{accepted}");
        let (work_sample, _) = show::work_sample(&self.world.services, &self.id)
            .await
            .unwrap();
        assert_eq!(
            work_sample.due_at.unwrap().to_rfc3339(),
            "2026-03-04T17:00:00+00:00"
        );
        self.later("Accept the invitation that GitHub sent you")
            .await;
    }

    /// Memo and question at GitHub, a command that is none, and what puts it right.
    async fn works(&self, token: &str) {
        let github = AtGitHub::join(self.world, &self.id, token).await;
        let joined = self.later("Answer the kickoff issue").await;
        assert!(joined.contains("accepted"), "{joined}");
        github
            .comments(github.kickoff, "I write one line into one file.")
            .await;
        let answers = [
            ("Clause", "R1"),
            ("What I already know", "The words are English."),
            ("My own assessment", "English only."),
            ("What I do if I hear nothing", "English only."),
            ("Blocking?", "No"),
        ];
        let question = github
            .files(Form::Question, "Which language?", &answers)
            .await;
        let waiting = self.later("Which language?").await;
        assert!(
            waiting.to_lowercase().contains("waits for the team"),
            "{waiting}"
        );
        github
            .team_comments(question, "/answer English only, as you say.")
            .await;
        let answered = self.later("English only, as you say.").await;
        assert!(answered.to_lowercase().contains("answered"), "{answered}");

        let (pull, _) = github.pushes("hello world!\n").await;
        github.comments(pull, "/submit").await;
        let misread = self.later("A text was not understood").await;
        for words in ["/submit", "/deliver", "Nothing was delivered yet"] {
            assert!(misread.contains(words), "{words}: {misread}");
        }
    }

    /// What the default branch holds is the starter; the commit of the pull request is meant.
    async fn delivers(&self, sha: &str) {
        let browser = &self.browser;
        browser.unfold("Deliver from here").await;
        browser.fill("sha", "zz").await;
        browser.fill("hours", "six").await;
        browser.send("/offer/deliver").await;
        self.sees("There is a problem").await;
        assert_eq!(browser.value_of("sha").await, "zz", "kept");
        assert_eq!(browser.value_of("hours").await, "six", "kept");
        // The branch with the newest work is chosen; what the other holds is the starter.
        assert_eq!(browser.value_of("branch").await, "greet");
        browser.set("branch", "main").await;
        browser.fill("sha", "").await;
        browser.fill("hours", "").await;
        browser.send("/offer/deliver").await;
        let starter = self.sees("is the starter with nothing changed").await;
        for words in ["I mean the starter", "on the branch greet"] {
            assert!(starter.contains(words), "{words}: {starter}");
        }
        browser.set("branch", "greet").await;
        browser.send("/offer/deliver").await;
        let delivered = self.sees("Your delivery is being checked").await;
        let lower = delivered.to_lowercase();
        for words in [&sha[..10], "counts", "in time"] {
            assert!(lower.contains(words), "{words}: {delivered}");
        }
        // What was not understood is put right by the delivery.
        assert!(!delivered.contains("not understood"), "{delivered}");
        let (work_sample, _) = show::work_sample(&self.world.services, &self.id)
            .await
            .unwrap();
        let counts = work_sample.effective_delivery().unwrap();
        assert_eq!(counts.sha.as_ref().unwrap().as_str(), sha);
    }

    async fn says_how_long_it_took(&self) {
        let browser = &self.browser;
        browser.unfold("How long it took").await;
        browser.fill("hours", "many").await;
        browser.send("/offer/hours").await;
        self.sees("There is a problem").await;
        assert_eq!(browser.value_of("hours").await, "many", "kept");
        browser.fill("hours", "1.5").await;
        browser.send("/offer/hours").await;
        self.sees("you said 1.5 h").await;
    }

    async fn reads_the_decision(&self) {
        decide(self.world, &self.id).await;
        let decided = self.later("Write shorter updates.").await;
        shows_nothing_reviewer_only(&decided);
        self.browser.press("Your report").await;
        let report = self.browser.sees("/offer/report", "Your report").await;
        for words in [
            "Write shorter updates.",
            "Nothing was assessed",
            "English only, as you say.",
        ] {
            assert!(report.contains(words), "{words}: {report}");
        }
        shows_nothing_reviewer_only(&report);
        assert_eq!(self.browser.sideways().await, 0, "too wide: {report}");
        self.browser.press("Back to your work").await;
        self.sees("What you can take with you").await;
    }

    /// The link to the archive is there; what it leads to is fetched with the browser's cookie.
    async fn exports(&self) {
        let script = "return document.querySelector('a[href=\"/offer/export.zip\"]') !== null";
        let is_linked = self.browser.client.execute(script, Vec::new()).await;
        assert_eq!(is_linked.unwrap(), true);
        let mut ada = Visitor::new(self.world);
        ada.cookies = self.browser.cookies().await;
        let response = ada
            .request(Method::GET, "/offer/export.zip")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let bytes = response.bytes().await.unwrap().to_vec();
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            let mut file = archive.by_name(name).unwrap();
            file.read_to_string(&mut text).unwrap();
            shows_nothing_reviewer_only(&text);
            text
        };
        for (name, words) in [
            ("README.txt", "archive"),
            ("about-you.json", "ada@example.com"),
            ("accepted-terms.md", "with the GitHub account ada"),
            ("conversation.md", "English only, as you say."),
            ("offer.json", "A greeting in a file"),
            ("work.json", "deliveries"),
            ("report.json", "Write shorter updates."),
        ] {
            let text = read(name);
            assert!(text.contains(words), "{words} in {name}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn candidate_goes_from_mail_to_archive() {
    for look in looks() {
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), None, None).await;
        let token = world.stand_in.add_user("ada", "Ada").unwrap();
        let id = offered_by_mail(&world).await;
        let Some(browser) = browser_for(&world, look).await else {
            return;
        };
        println!("as {look:?}");
        let way = Way {
            world: &world,
            browser,
            id,
        };
        way.reads_the_offer().await;
        way.accepts().await;
        way.works(&token).await;
        let clone = world.clone_dir(way.id.as_str());
        let sha = world.git.head(&clone).await.unwrap();
        way.delivers(sha.as_str()).await;
        way.says_how_long_it_took().await;
        way.reads_the_decision().await;
        way.exports().await;
        let complaints = way.browser.complaints().await;
        let refused: Vec<&String> = complaints
            .iter()
            .filter(|one| one.contains("Content Security Policy"))
            .collect();
        assert!(refused.is_empty(), "{refused:#?}");
        way.browser.close().await;
        world.stop().await.unwrap();
    }
}
