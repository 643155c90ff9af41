//! What lists show of the work samples, and what the team has to do: made from the logs and kept beside them, so that a list of
//! thousands is one query.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{Row, to_column, to_json, to_word};
use super::schema::{overviews, owners, team_tasks, work_samples};
use super::tx::{ReadTx, Tx};
use super::work_samples::{Raw as RawWorkSample, WorkSampleRow};
use crate::clock::Timestamp;
use crate::ids::{PersonId, Slug, WorkSampleId};
use crate::work_sample::State;
use crate::work_sample::overview::{OVERVIEW_FORMAT, Overview, TeamTask, WaitingOn};

/// Which work samples a list holds, in what order, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Only those in one of these states; empty for all.
    pub states: Vec<State>,
    pub slug: Option<Slug>,
    pub waiting_on: Option<WaitingOn>,
    pub owner: Option<PersonId>,
    /// Only those whose candidate, address or login holds these characters, without regard to case.
    pub text: String,
    pub order: Order,
    /// Left out at the beginning.
    pub offset: u32,
    /// At most this many.
    pub limit: u32,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last news first.
    News,
    /// Who waits longest first.
    Waiting,
    /// The nearest due time first; those without one last.
    Due,
    /// The latest launch first.
    Launched,
    /// By the candidates' names.
    Candidate,
}

/// A work sample in a list. There is no overview of one whose log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub row: WorkSampleRow,
    pub overview: Option<Overview>,
}

/// Something that the team has to do, and in which work sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    pub row: WorkSampleRow,
    pub task: TeamTask,
}

/// The rows of a listing, without an order. A macro, for the type of such a query cannot be written down.
macro_rules! filtered {
    ($listing:expr, $words:expr) => {{
        let (listing, words): (&Listing, &Words) = ($listing, &$words);
        let mut query = work_samples::table
            .left_join(overviews::table.on(overviews::work_sample_id.eq(work_samples::id)))
            .left_join(owners::table.on(owners::work_sample_id.eq(work_samples::id)))
            .into_boxed();
        if !words.states.is_empty() {
            query = query.filter(work_samples::state.eq_any(words.states.clone()));
        }
        if let Some(slug) = &listing.slug {
            query = query.filter(work_samples::slug.eq(slug.as_str()));
        }
        if let Some(waiting_on) = &words.waiting_on {
            query = query.filter(overviews::waiting_on.eq(waiting_on));
        }
        if let Some(owner) = &listing.owner {
            query = query.filter(owners::person_id.eq(owner.to_string()));
        }
        if let Some(like) = &words.like {
            query = query.filter(overviews::search.like(like).escape('\\'));
        }
        query
    }};
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = overviews)]
struct Raw<'a> {
    work_sample_id: &'a str,
    format: i32,
    waiting_on: String,
    waiting_since: NaiveDateTime,
    news_at: NaiveDateTime,
    search: &'a str,
    body: String,
}

#[derive(Insertable)]
#[diesel(table_name = team_tasks)]
struct RawTask<'a> {
    work_sample_id: &'a str,
    kind: String,
    about: &'a str,
    since: NaiveDateTime,
    body: String,
}

impl Tx<'_> {
    /// Keeps what lists show of a work sample. `search`: what they are searched by.
    pub fn keep_overview(
        &mut self,
        id: &WorkSampleId,
        overview: &Overview,
        search: &[&str],
    ) -> Result<(), StoreError> {
        let search = search.join("\n").to_lowercase().replace('\0', "");
        let raw = Raw {
            work_sample_id: id.as_str(),
            format: OVERVIEW_FORMAT,
            waiting_on: to_word(&overview.waiting.on)?,
            waiting_since: to_column(overview.waiting.since),
            news_at: to_column(overview.news.at),
            search: &search,
            body: to_json(overview)?,
        };
        let known: Option<(i32, String, String)> = self.run(|db| {
            overviews::table
                .find(id.as_str())
                .select((overviews::format, overviews::search, overviews::body))
                .first(db)
                .optional()
        })?;
        if let Some((format, search, body)) = &known
            && (*format, search.as_str(), body.as_str()) == (raw.format, raw.search, &raw.body)
        {
            return Ok(());
        }
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(overviews::table)
                .values(&raw)
                .on_conflict(overviews::work_sample_id)
                .do_update()
                .set(&raw)
                .execute(connection))
        })?;
        let before: Option<Overview> =
            known.and_then(|(_, _, body)| serde_json::from_str(&body).ok());
        if before.is_some_and(|before| before.tasks == overview.tasks) {
            return Ok(());
        }
        self.keep_tasks(id, &overview.tasks)
    }

    fn keep_tasks(&mut self, id: &WorkSampleId, tasks: &[TeamTask]) -> Result<(), StoreError> {
        self.run(|db| {
            diesel::delete(team_tasks::table.filter(team_tasks::work_sample_id.eq(id.as_str())))
                .execute(db)
        })?;
        for task in tasks {
            let raw = RawTask {
                work_sample_id: id.as_str(),
                kind: to_word(&task.kind)?,
                about: &task.about.0,
                since: to_column(task.since),
                body: to_json(task)?,
            };
            self.run(|db| {
                on_each!(db, connection => diesel::insert_into(team_tasks::table)
                    .values(&raw)
                    .on_conflict_do_nothing()
                    .execute(connection))
            })?;
        }
        Ok(())
    }
}

impl ReadTx<'_> {
    /// Work samples without an overview in the present form, after this one, at most `limit`.
    pub fn without_overview(
        &mut self,
        after: Option<&WorkSampleId>,
        limit: u32,
    ) -> Result<Vec<WorkSampleId>, StoreError> {
        let after = after.map_or("", WorkSampleId::as_str);
        let ids: Vec<String> = self.run(|db| {
            work_samples::table
                .left_join(overviews::table.on(overviews::work_sample_id.eq(work_samples::id)))
                .filter(
                    overviews::format
                        .is_null()
                        .or(overviews::format.ne(OVERVIEW_FORMAT)),
                )
                .filter(work_samples::id.gt(after))
                .select(work_samples::id)
                .order(work_samples::id.asc())
                .limit(i64::from(limit))
                .load(db)
        })?;
        let row = Row {
            table: "work_samples",
            key: "any",
        };
        ids.iter().map(|id| row.parse("id", id)).collect()
    }

    /// What the team has to do by now, what waits longest first; at most `limit`.
    pub fn team_tasks(&mut self, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>, StoreError> {
        let rows: Vec<(RawWorkSample, String)> = self.run(|db| {
            team_tasks::table
                .inner_join(work_samples::table.on(work_samples::id.eq(team_tasks::work_sample_id)))
                .filter(team_tasks::since.le(to_column(now)))
                .select((work_samples::all_columns, team_tasks::body))
                .order((
                    team_tasks::since.asc(),
                    team_tasks::work_sample_id.asc(),
                    team_tasks::kind.asc(),
                    team_tasks::about.asc(),
                ))
                .limit(i64::from(limit))
                .load(db)
        })?;
        rows.into_iter()
            .map(|(raw, body)| {
                let row = WorkSampleRow::try_from(raw)?;
                let task = read("team_tasks", row.id.as_str(), &body)?;
                Ok(TaskRow { row, task })
            })
            .collect()
    }

    /// How many things the team has to do by now.
    pub fn count_team_tasks(&mut self, now: Timestamp) -> Result<i64, StoreError> {
        self.run(|db| {
            team_tasks::table
                .filter(team_tasks::since.le(to_column(now)))
                .count()
                .get_result(db)
        })
    }

    /// A part of a list.
    pub fn listed(&mut self, listing: &Listing) -> Result<Vec<Listed>, StoreError> {
        let words = Words::of(listing)?;
        let rows: Vec<(RawWorkSample, Option<String>)> = self.run(|db| {
            let query = filtered!(listing, words)
                .select((work_samples::all_columns, overviews::body.nullable()))
                .offset(i64::from(listing.offset))
                .limit(i64::from(listing.limit));
            match listing.order {
                Order::News => query.order((overviews::news_at.desc(), work_samples::id.desc())),
                Order::Waiting => {
                    query.order((overviews::waiting_since.asc(), work_samples::id.asc()))
                }
                Order::Due => query.order((
                    work_samples::due_at.is_null().asc(),
                    work_samples::due_at.asc(),
                    work_samples::id.asc(),
                )),
                Order::Launched => {
                    query.order((work_samples::created_at.desc(), work_samples::id.desc()))
                }
                Order::Candidate => query.order((overviews::search.asc(), work_samples::id.asc())),
            }
            .load(db)
        })?;
        rows.into_iter()
            .map(|(raw, body)| {
                let row = WorkSampleRow::try_from(raw)?;
                let overview = body
                    .map(|body| read("overviews", row.id.as_str(), &body))
                    .transpose()?;
                Ok(Listed { row, overview })
            })
            .collect()
    }

    /// How many a list holds in all.
    pub fn count_listed(&mut self, listing: &Listing) -> Result<i64, StoreError> {
        let words = Words::of(listing)?;
        self.run(|db| filtered!(listing, words).count().get_result(db))
    }
}

fn read<T: serde::de::DeserializeOwned>(
    table: &'static str,
    key: &str,
    body: &str,
) -> Result<T, StoreError> {
    Row { table, key }.json("body", body)
}

/// A listing's values as the columns have them.
struct Words {
    states: Vec<String>,
    waiting_on: Option<String>,
    like: Option<String>,
}

impl Words {
    fn of(listing: &Listing) -> Result<Words, StoreError> {
        let text = listing.text.trim().to_lowercase().replace('\0', "");
        let escaped: String = text
            .chars()
            .flat_map(|c| {
                let escape = matches!(c, '%' | '_' | '\\').then_some('\\');
                escape.into_iter().chain([c])
            })
            .collect();
        Ok(Words {
            states: listing
                .states
                .iter()
                .map(to_word)
                .collect::<Result<_, _>>()?,
            waiting_on: listing.waiting_on.as_ref().map(to_word).transpose()?,
            like: (!text.is_empty()).then(|| format!("%{escaped}%")),
        })
    }
}
