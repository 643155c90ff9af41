//! Looking at a repository again and again: conditional requests, so that what has not changed is neither counted nor read.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::sight::Sight;
use super::{GitHub, GitHubError};

/// The most pages that one list is read of; GitHub gives a hundred items a page.
const MOST_PAGES: usize = 50;
const PER_PAGE: usize = 100;

/// What became of one thing since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since<T> {
    Unchanged,
    Changed(T),
    /// GitHub does not show it to us any more.
    Gone,
}

/// A list as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Was it read to its end? What is missing from a part may be in the rest.
    pub whole: bool,
}

/// See [`Lookout::mark`].
pub struct Mark(BTreeMap<String, String>);

/// A look at one repository, which remembers what GitHub called its answers.
pub struct Lookout<'a> {
    pub(super) github: &'a GitHub,
    known: BTreeMap<String, String>,
    fresh: BTreeMap<String, String>,
    most_pages: usize,
}

impl<'a> Lookout<'a> {
    /// `known` are the ETags of the last look, by route.
    pub fn new(github: &'a GitHub, known: BTreeMap<String, String>) -> Self {
        Lookout {
            github,
            known,
            fresh: BTreeMap::new(),
            most_pages: MOST_PAGES,
        }
    }

    /// Reads lists no further than so many pages of a hundred.
    #[must_use]
    pub fn reading_pages(self, most_pages: usize) -> Self {
        Lookout { most_pages, ..self }
    }

    /// The ETags of what was read anew. Keep them once what was read is kept.
    pub fn into_etags(self) -> BTreeMap<String, String> {
        self.fresh
    }

    /// How far the look has come, to be taken back to where a part of it could not be seen to its end.
    pub fn mark(&self) -> Mark {
        Mark(self.fresh.clone())
    }

    /// Forgets what was read since the mark: the next look reads it again.
    pub fn back_to(&mut self, mark: Mark) {
        self.fresh = mark.0;
    }

    /// Lets the next look read this route anew, for not all of it could be used.
    pub(super) fn forget(&mut self, route: &str) {
        self.fresh.insert(route.to_owned(), String::new());
    }

    fn etag(&self, route: &str) -> Option<&str> {
        self.known
            .get(route)
            .map(String::as_str)
            .filter(|etag| !etag.is_empty())
    }

    fn remember(&mut self, route: &str, etag: Option<String>) {
        self.fresh
            .insert(route.to_owned(), etag.unwrap_or_default());
    }

    /// Looks at a part of the repository, which this look has seen before.
    async fn at_known<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
        etag: Option<&str>,
    ) -> Result<Sight<T>, GitHubError> {
        let sight = self.github.look(call, route, etag).await;
        sight.map_err(GitHubError::of_known)
    }

    pub(super) async fn one<T: DeserializeOwned>(
        &mut self,
        call: &'static str,
        route: &str,
    ) -> Result<Since<T>, GitHubError> {
        let sight = self.github.look(call, route, self.etag(route)).await;
        match sight {
            Ok(Sight::Unchanged) => Ok(Since::Unchanged),
            Ok(Sight::Changed { value, etag, .. }) => {
                self.remember(route, etag);
                Ok(Since::Changed(value))
            }
            Err(GitHubError::NotFound { .. }) => {
                // Should it come back as it was, that is news.
                self.forget(route);
                Ok(Since::Gone)
            }
            Err(error) => Err(error),
        }
    }

    /// A list, or `None` where no page of it has changed. `route` may have parameters, but neither `page` nor `per_page`.
    pub(super) async fn list<T: DeserializeOwned>(
        &mut self,
        call: &'static str,
        route: &str,
    ) -> Result<Option<Listed<T>>, GitHubError> {
        let and = if route.contains('?') { '&' } else { '?' };
        let page_of = |page: usize| format!("{route}{and}per_page={PER_PAGE}&page={page}");
        let mut first = None;
        for page in 1..=self.most_pages {
            let this = page_of(page);
            let Some(etag) = self.etag(&this) else {
                if page > 1 {
                    return Ok(None);
                }
                break;
            };
            match self.at_known(call, &this, Some(etag)).await? {
                Sight::Unchanged => {}
                Sight::Changed { value, etag, .. } => {
                    first = (page == 1).then_some((value, etag));
                    break;
                }
            }
        }
        let mut all = Vec::new();
        for page in 1..=self.most_pages {
            let this = page_of(page);
            let (items, etag): (Vec<T>, _) = match first.take() {
                Some(read) => read,
                None => match self.at_known(call, &this, None).await? {
                    Sight::Changed { value, etag, .. } => (value, etag),
                    Sight::Unchanged => (Vec::new(), None),
                },
            };
            self.remember(&this, etag);
            let last = items.len() < PER_PAGE;
            all.extend(items);
            if last {
                // A list that became shorter has pages that are not asked for any more.
                self.forget(&page_of(page + 1));
                return Ok(Some(Listed {
                    items: all,
                    whole: true,
                }));
            }
        }
        // So long a list is not known whole; the next look reads it again.
        tracing::warn!(call, items = all.len(), "a list is longer than it is read");
        self.forget(&page_of(1));
        Ok(Some(Listed {
            items: all,
            whole: false,
        }))
    }

    /// A list whose pages are found by cursors, newest first, or `None` where the first page has not changed.
    pub(super) async fn trail<T: DeserializeOwned>(
        &mut self,
        call: &'static str,
        route: &str,
    ) -> Result<Option<Vec<T>>, GitHubError> {
        let first = format!("{route}?per_page={PER_PAGE}");
        let mut this = first.clone();
        let mut etag = self.etag(&first).map(str::to_owned);
        let mut all: Vec<T> = Vec::new();
        for page in 1..=self.most_pages {
            match self.at_known(call, &this, etag.as_deref()).await? {
                Sight::Unchanged => return Ok(None),
                Sight::Changed {
                    value,
                    etag: of_this,
                    after,
                } => {
                    all.extend::<Vec<T>>(value);
                    if page == 1 {
                        self.remember(&first, of_this);
                    }
                    match after {
                        Some(after) => this = format!("{first}&after={after}"),
                        None => return Ok(Some(all)),
                    }
                }
            }
            etag = None;
        }
        Ok(Some(all))
    }
}
