//! The one door through which every REST call goes: says who asks, sends once, names the error, and tells of the limits that
//! an answer speaks of.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::refusal;
use super::limits::{quota, worth_telling};
use super::sight::{Sight, next_cursor};
use super::whole::Whole;
use super::wire::Sending;
use super::{GitHub, GitHubError};

/// A whole answer with a status below 300 (or 304).
pub(super) struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub link: Option<String>,
    body: Vec<u8>,
    call: &'static str,
}

impl Answer {
    /// Reads the body as JSON.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| GitHubError::Odd {
            call: self.call,
            message: error.to_string(),
        })
    }

    /// Reads what was asked for unless it had not changed.
    pub fn sight<T: DeserializeOwned>(self) -> Result<Sight<T>, GitHubError> {
        if self.status == 304 {
            return Ok(Sight::Unchanged);
        }
        Ok(Sight::Changed {
            value: self.read()?,
            after: self.link.as_deref().and_then(next_cursor),
            etag: self.etag,
        })
    }
}

impl GitHub {
    /// Sends one request. `call` names it for people, as in "create a repository". A token that GitHub no longer takes is
    /// renewed once for what only reads; a write is left to the workflow, which looks before it writes again. Where an older
    /// token lacks a permission, which may have been granted since, a new one is tried at once: the refusal had no effect.
    pub(super) async fn call<B: Serialize + ?Sized>(
        &self,
        call: &'static str,
        method: Method,
        route: &str,
        body: Option<&B>,
    ) -> Result<Answer, GitHubError> {
        self.call_unless(call, method, route, body, None).await
    }

    /// [`Self::call`], which is answered with 304 where the answer is still the one that `unless` names.
    async fn call_unless<B: Serialize + ?Sized>(
        &self,
        call: &'static str,
        method: Method,
        route: &str,
        body: Option<&B>,
        unless: Option<&str>,
    ) -> Result<Answer, GitHubError> {
        let mut tries = if method.is_safe() { 2 } else { 1 };
        let mut renewed = false;
        loop {
            tries -= 1;
            // Asked for anew each time: whoever waited long takes a fresh one.
            let _under_way = self.under_way.acquire().await;
            let token = self
                .identity
                .token(&self.wire, &self.org, self.clock.now())
                .await?;
            self.sent.fetch_add(1, Ordering::Relaxed);
            let whole = self
                .wire
                .send(Sending {
                    call,
                    method: method.clone(),
                    route,
                    body,
                    bearer: Some(&token),
                    unless,
                })
                .await?;
            tracing::debug!(call, %method, route, status = whole.status, "called GitHub");
            if whole.status == 401 {
                self.identity.drop_token(&token).await;
                if tries > 0 && self.identity.can_renew() {
                    continue;
                }
            }
            let answer = self.answer(call, whole, &self.budget()).await;
            match &answer {
                Err(GitHubError::Forbidden { needs, .. }) => {
                    let now = self.clock.now();
                    let is_old = self.identity.drop_old_token(&token, now).await;
                    if is_old && needs.is_some() && !renewed {
                        renewed = true;
                        continue;
                    }
                }
                Err(GitHubError::Suspended { .. }) => self.identity.drop_token(&token).await,
                _ => {}
            }
            return answer;
        }
    }

    async fn answer(
        &self,
        call: &'static str,
        whole: Whole,
        budget: &str,
    ) -> Result<Answer, GitHubError> {
        let refused = (whole.status >= 300 && whole.status != 304)
            .then(|| self.named(refusal(call, &whole, self.clock.now())));
        self.tell(budget, refused.as_ref(), &whole).await;
        match refused {
            Some(error) => Err(error),
            None => {
                let (etag, link) = (whole.header("etag"), whole.header("link"));
                Ok(Answer {
                    status: whole.status,
                    etag: etag.map(str::to_owned),
                    link: link.map(str::to_owned),
                    body: whole.body,
                    call,
                })
            }
        }
    }

    /// What a refusal means to an installation.
    fn named(&self, error: GitHubError) -> GitHubError {
        match error {
            GitHubError::Unauthorized { call, message } if self.identity.can_renew() => {
                GitHubError::TokenEnded { call, message }
            }
            GitHubError::Forbidden { message, .. }
                if self.identity.can_renew() && message.contains("suspended") =>
            {
                GitHubError::Suspended {
                    org: self.org.to_string(),
                }
            }
            other => other,
        }
    }

    /// Tells the other processes what an answer said of the limits, before anything else is sent.
    async fn tell(&self, budget: &str, refused: Option<&GitHubError>, whole: &Whole) {
        let Some(shared) = &self.limits else {
            return;
        };
        let seen = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let mut known = told.get(budget).copied();
            let seen = worth_telling(refused, quota(whole), &mut known);
            told.extend(known.map(|quota| (budget.to_owned(), quota)));
            seen
        };
        if let Some(seen) = seen {
            shared.seen(budget, seen).await;
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<T, GitHubError> {
        self.call::<()>(call, Method::GET, route, None)
            .await?
            .read()
    }

    /// [`Self::get`], unless the answer is still the one that `etag` names.
    pub(super) async fn look<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
        etag: Option<&str>,
    ) -> Result<Sight<T>, GitHubError> {
        self.call_unless::<()>(call, Method::GET, route, None, etag)
            .await?
            .sight()
    }

    /// One request as the App itself; `None` where we are no App.
    pub(super) async fn call_as_app(
        &self,
        call: &'static str,
        method: Method,
        route: &str,
    ) -> Result<Option<Answer>, GitHubError> {
        let (Some(signed), Some(budget)) = (
            self.identity.app_token(self.clock.now())?,
            self.own_budget(),
        ) else {
            return Ok(None);
        };
        let _under_way = self.under_way.acquire().await;
        self.sent.fetch_add(1, Ordering::Relaxed);
        let sending = Sending::<()> {
            call,
            method,
            route,
            body: None,
            bearer: Some(&signed),
            unless: None,
        };
        let whole = self.wire.send(sending).await?;
        tracing::debug!(
            call,
            route,
            status = whole.status,
            "called GitHub as the App"
        );
        if whole.status >= 300
            && let Some(app) = self.identity.app()
        {
            let refused = app.refused(call, &whole, self.clock.now());
            self.tell(&budget, Some(&refused), &whole).await;
            return Err(refused);
        }
        self.answer(call, whole, &budget).await.map(Some)
    }

    /// [`Self::get`], with "not there" as `None`.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<Option<T>, GitHubError> {
        match self.get(call, route).await {
            Ok(found) => Ok(Some(found)),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
