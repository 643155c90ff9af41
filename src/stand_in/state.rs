//! The stand-in's world as tables in memory. Each table notes which rows were touched, so that the journal writes exactly
//! what a request changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::records::{
    Activity, App, AppId, AuthorizationCode, CheckRun, Comment, CommitStatus, Conversion, Delivery,
    Hook, Installation, InstallationId, Invitation, InvitingRules, Issue, Kind, Label, Outcome,
    Permission, Repo, RepoId, Review, ReviewComment, Scope, Team, TeamId, TeamMember, Token, User,
    UserId,
};
use crate::clock::Timestamp;

/// Rows by key, with a note of what was touched since the last [`State::drain`].
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    touched: BTreeSet<K>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table {
            rows: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let row = self.rows.get_mut(key)?;
        self.touched.insert(key.clone());
        Some(row)
    }

    pub(super) fn insert(&mut self, key: K, row: V) {
        self.touched.insert(key.clone());
        self.rows.insert(key, row);
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.touched.insert(key.clone());
        self.rows.remove(key)
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    pub(super) fn range(
        &self,
        keys: impl RangeBounds<K>,
    ) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(keys)
    }

    pub(super) fn remove_where(&mut self, doomed: impl Fn(&K, &V) -> bool) {
        let keys: Vec<K> = self
            .rows
            .iter()
            .filter(|(key, row)| doomed(key, row))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.remove(&key);
        }
    }
}

/// One changed row: table, key, and the row itself or nothing where it was removed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Change(String, Value, Option<Value>);

impl<K: Ord + Clone + Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> Table<K, V> {
    fn drain(&mut self, name: &str, changes: &mut Vec<Change>) -> serde_json::Result<()> {
        for key in std::mem::take(&mut self.touched) {
            let row = self.rows.get(&key).map(serde_json::to_value).transpose()?;
            changes.push(Change(name.to_owned(), serde_json::to_value(&key)?, row));
        }
        Ok(())
    }

    fn apply(&mut self, key: Value, row: Option<Value>) -> serde_json::Result<()> {
        let key: K = serde_json::from_value(key)?;
        match row {
            Some(row) => self.rows.insert(key, serde_json::from_value(row)?),
            None => self.rows.remove(&key),
        };
        Ok(())
    }

    fn touch_all(&mut self) {
        self.touched = self.rows.keys().cloned().collect();
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $row:ty,)+) => {
        #[derive(Debug, Default)]
        pub(super) struct State { $($(#[$doc])* pub $name: Table<$key, $row>,)+ }

        impl State {
            /// What was touched since the last call.
            pub(super) fn drain(&mut self) -> serde_json::Result<Vec<Change>> {
                let mut changes = Vec::new();
                $(self.$name.drain(stringify!($name), &mut changes)?;)+
                Ok(changes)
            }

            /// Replays one change of the journal.
            pub(super) fn apply(&mut self, change: Change) -> Result<(), String> {
                let Change(table, key, row) = change;
                match table.as_str() {
                    $(stringify!($name) => self.$name.apply(key, row),)+
                    other => return Err(format!("unknown table `{other}`")),
                }
                .map_err(|error| format!("table `{table}`: {error}"))
            }

            /// Marks every row, so that the next drain is a whole snapshot.
            pub(super) fn touch_all(&mut self) {
                $(self.$name.touch_all();)+
            }
        }
    };
}

tables! {
    counters: String => u64,
    users: UserId => User,
    tokens: String => Token,
    /// (organisation, user) → is an owner of it.
    members: (UserId, UserId) => bool,
    /// (organisation, user) whose membership is not public.
    concealed: (UserId, UserId) => bool,
    /// (organisation, slug) → team.
    teams: (UserId, String) => Team,
    team_members: (TeamId, UserId) => TeamMember,
    repos: RepoId => Repo,
    /// Lower-case `owner/name` that a repository once had.
    former_names: String => RepoId,
    collaborators: (RepoId, UserId) => Permission,
    invitations: u64 => Invitation,
    /// When each invitation was sent, also of those that are gone.
    invited: (RepoId, u64) => Timestamp,
    /// What organisations let happen where somebody is invited.
    inviting: UserId => InvitingRules,
    activities: (RepoId, u64) => Activity,
    labels: (RepoId, String) => Label,
    issues: (RepoId, u64) => Issue,
    comments: (RepoId, u64) => Comment,
    reviews: (RepoId, u64) => Review,
    review_comments: (RepoId, u64) => ReviewComment,
    hooks: u64 => Hook,
    deliveries: u64 => Delivery,
    outcomes: u64 => Outcome,
    checks: (RepoId, u64) => CheckRun,
    statuses: (RepoId, u64) => CommitStatus,
    apps: AppId => App,
    installations: InstallationId => Installation,
    /// What an App made from a manifest may fetch, by code.
    conversions: String => Conversion,
    /// What people who authorised an App were sent back with.
    authorizations: String => AuthorizationCode,
    /// Branches and tags as the hooks were told of them. What git has beyond that has still to be told.
    refs: (RepoId, String) => String,
    /// Who moved the refs of a repository last.
    pushers: RepoId => UserId,
}

impl State {
    /// A number never given before. One sequence for everything: an id taken for another kind of id finds nothing.
    pub(super) fn next_id(&mut self) -> u64 {
        let key = "id".to_owned();
        let next = self.counters.get(&key).map_or(1_000_001, |last| last + 1);
        self.counters.insert(key, next);
        next
    }

    pub(super) fn user_by_login(&self, login: &str) -> Option<&User> {
        self.users
            .values()
            .find(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// The lasting token of a person.
    pub(super) fn token_of(&self, user: UserId) -> Option<String> {
        self.tokens
            .range(..)
            .find(|(_, token)| token.user == user && token.expires_at.is_none())
            .map(|(text, _)| text.clone())
    }

    pub(super) fn repo_by_name(&self, owner: &str, name: &str) -> Option<&Repo> {
        let owner = self.user_by_login(owner)?.id;
        self.repos
            .values()
            .find(|repo| repo.owner == owner && repo.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn is_org(&self, user: UserId) -> bool {
        self.users
            .get(&user)
            .is_some_and(|user| user.kind == Kind::Organization)
    }

    pub(super) fn owns_org(&self, org: UserId, user: UserId) -> bool {
        self.members.get(&(org, user)).copied().unwrap_or(false)
    }

    pub(super) fn team_members_of(&self, team: TeamId) -> impl Iterator<Item = &TeamMember> {
        self.team_members
            .range((team, 0)..=(team, u64::MAX))
            .map(|(_, member)| member)
    }

    /// The installation of an App on an account.
    pub(super) fn installation_on(&self, app: AppId, account: UserId) -> Option<&Installation> {
        self.installations
            .values()
            .find(|row| row.app == app && row.account == account)
    }

    /// The hook that an App's webhooks go to.
    pub(super) fn hook_of_app(&self, app: Option<AppId>) -> Option<&Hook> {
        self.hooks
            .values()
            .find(|hook| hook.scope == Scope::App(app))
    }

    /// Branches and tags that the hooks were told of.
    pub(super) fn refs_of(&self, repo: RepoId) -> BTreeMap<String, String> {
        self.refs
            .range((repo, String::new())..(repo + 1, String::new()))
            .map(|((_, name), sha)| (name.clone(), sha.clone()))
            .collect()
    }

    /// What a user may do with a repository; `None`: not even know of it.
    pub(super) fn permission(&self, repo: &Repo, user: Option<UserId>) -> Option<Permission> {
        let granted = user.and_then(|user| {
            if repo.owner == user || self.owns_org(repo.owner, user) {
                return Some(Permission::Admin);
            }
            let member = self
                .members
                .get(&(repo.owner, user))
                .map(|_| Permission::Pull);
            let direct = self.collaborators.get(&(repo.id, user)).copied();
            member.max(direct)
        });
        let public = (!repo.private).then_some(Permission::Pull);
        granted.max(public)
    }

    /// Issues and pull requests of a repository, by number.
    pub(super) fn issues_of(&self, repo: RepoId) -> impl DoubleEndedIterator<Item = &Issue> {
        self.issues
            .range((repo, 0)..=(repo, u64::MAX))
            .map(|(_, issue)| issue)
            .filter(|issue| !issue.deleted)
    }

    /// Comments of a repository, oldest first.
    pub(super) fn comments_of(&self, repo: RepoId) -> impl DoubleEndedIterator<Item = &Comment> {
        self.comments
            .range((repo, 0)..=(repo, u64::MAX))
            .map(|(_, comment)| comment)
    }

    /// Reviews of a repository, pending ones included, oldest first.
    pub(super) fn reviews_of(&self, repo: RepoId) -> impl DoubleEndedIterator<Item = &Review> {
        self.reviews
            .range((repo, 0)..=(repo, u64::MAX))
            .map(|(_, review)| review)
    }

    /// Review comments of a repository, those of pending reviews included, oldest first.
    pub(super) fn review_comments_of(
        &self,
        repo: RepoId,
    ) -> impl DoubleEndedIterator<Item = &ReviewComment> {
        self.review_comments
            .range((repo, 0)..=(repo, u64::MAX))
            .map(|(_, comment)| comment)
    }

    /// Everything that belongs to a repository goes with it; its deliveries stay in the log.
    pub(super) fn forget_repo(&mut self, repo: RepoId) {
        self.repos.remove(&repo);
        self.former_names.remove_where(|_, id| *id == repo);
        self.collaborators.remove_where(|key, _| key.0 == repo);
        self.invitations.remove_where(|_, row| row.repo == repo);
        self.invited.remove_where(|key, _| key.0 == repo);
        self.activities.remove_where(|key, _| key.0 == repo);
        self.labels.remove_where(|key, _| key.0 == repo);
        self.issues.remove_where(|key, _| key.0 == repo);
        self.comments.remove_where(|key, _| key.0 == repo);
        self.reviews.remove_where(|key, _| key.0 == repo);
        self.review_comments.remove_where(|key, _| key.0 == repo);
        self.checks.remove_where(|key, _| key.0 == repo);
        self.statuses.remove_where(|key, _| key.0 == repo);
        self.refs.remove_where(|key, _| key.0 == repo);
        self.pushers.remove(&repo);
        self.hooks
            .remove_where(|_, hook| hook.scope == Scope::Repo(repo));
    }
}
