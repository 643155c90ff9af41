//! Looks at pages one after another, as somebody who may see them, and collects what is wrong with them.

use super::checks::{axe, examine, tabbed};
use crate::support::browser::Browser;
use crate::support::visitor::Visitor;

pub struct Gallery {
    pub browser: Browser,
    /// Where the service is reached: `http://127.0.0.1:4711`.
    base: String,
    axe: String,
    wrong: Vec<String>,
}

impl Gallery {
    /// `None` skips, loudly.
    pub async fn open(base: String) -> Option<Gallery> {
        Gallery::of(Browser::open(1280, 900).await?, base)
    }

    pub fn of(browser: Browser, base: String) -> Option<Gallery> {
        Some(Gallery {
            axe: axe()?,
            browser,
            base,
            wrong: Vec::new(),
        })
    }

    /// Becomes this visitor, with their cookies and no others.
    pub async fn become_visitor(&self, visitor: &Visitor) {
        self.browser.forget_cookies().await;
        for (name, value) in &visitor.cookies {
            self.browser.give_cookie(&self.base, name, value).await;
        }
    }

    pub async fn goto(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.base)).await;
    }

    /// Goes to a page and looks at it, if its main part says these words.
    pub async fn show(&mut self, path: &str, words: &str, name: &str) {
        self.goto(path).await;
        self.look("/", words, name).await;
    }

    /// [`Gallery::show`] as this visitor.
    pub async fn show_to(&mut self, visitor: &Visitor, path: &str, words: &str, name: &str) {
        self.become_visitor(visitor).await;
        self.show(path, words, name).await;
    }

    /// Looks at the page that is shown, once it is below this path and says these words.
    pub async fn look(&mut self, path: &str, words: &str, name: &str) {
        let browser = &self.browser;
        browser.sees(path, words).await;
        // A page that loads itself again would be another one in the middle of a look.
        browser.stay().await;
        examine(browser, &self.axe, name, &mut self.wrong).await;
        for (width, height) in [(1280, 900), (360, 740)] {
            browser.resize(width, height).await;
            let at = format!("{name} at {width} px");
            tabbed(browser, &at, &mut self.wrong).await;
        }
        browser.resize(1280, 900).await;
    }

    /// Nothing was wrong with any page.
    pub async fn close(self) {
        let complaints = self.browser.complaints().await;
        let refused: Vec<&String> = complaints
            .iter()
            .filter(|one| one.contains("Content Security Policy"))
            .collect();
        assert!(refused.is_empty(), "{refused:#?}");
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        self.browser.close().await;
    }
}
