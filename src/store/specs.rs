//! Published specs: immutable, addressed by their content.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{Row, from_column, to_column};
use super::schema::specs;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{Slug, SpecDigest};

/// A published spec with its whole folder as a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecRow {
    pub digest: SpecDigest,
    pub slug: Slug,
    /// The author's own version, such as `1.2`.
    pub version: String,
    pub title: String,
    pub bundle: Vec<u8>,
    pub published_at: Timestamp,
}

/// A published spec without its bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecSummary {
    pub digest: SpecDigest,
    pub slug: Slug,
    pub version: String,
    pub title: String,
    pub published_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = specs)]
struct Raw {
    digest: String,
    slug: String,
    version: String,
    title: String,
    bundle: Vec<u8>,
    published_at: NaiveDateTime,
}

impl TryFrom<Raw> for SpecRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "specs",
            key: &raw.digest,
        };
        Ok(SpecRow {
            digest: row.parse("digest", &raw.digest)?,
            slug: row.parse("slug", &raw.slug)?,
            version: raw.version,
            title: raw.title,
            bundle: raw.bundle,
            published_at: from_column(raw.published_at),
        })
    }
}

impl Tx<'_> {
    /// Stores a spec version. False if the very same content was published before; that row stays as it is.
    pub fn publish_spec(&mut self, spec: &SpecRow) -> Result<bool, StoreError> {
        let raw = Raw {
            digest: spec.digest.to_string(),
            slug: spec.slug.to_string(),
            version: spec.version.clone(),
            title: spec.title.clone(),
            bundle: spec.bundle.clone(),
            published_at: to_column(spec.published_at),
        };
        let inserted = self.run(|db| {
            on_each!(db, connection => diesel::insert_into(specs::table)
                .values(&raw)
                .on_conflict_do_nothing()
                .execute(connection))
        })?;
        Ok(inserted == 1)
    }
}

impl ReadTx<'_> {
    pub fn spec(&mut self, digest: &SpecDigest) -> Result<Option<SpecRow>, StoreError> {
        let raw = self.run(|db| {
            specs::table
                .find(digest.as_str())
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(SpecRow::try_from).transpose()
    }

    /// The version of this slug that was published last.
    pub fn spec_by_slug(&mut self, slug: &Slug) -> Result<Option<SpecRow>, StoreError> {
        let raw = self.run(|db| {
            specs::table
                .filter(specs::slug.eq(slug.as_str()))
                .order((specs::published_at.desc(), specs::digest.desc()))
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(SpecRow::try_from).transpose()
    }

    /// All published versions, by slug, the latest first.
    pub fn specs(&mut self) -> Result<Vec<SpecSummary>, StoreError> {
        let rows: Vec<(String, String, String, String, NaiveDateTime)> = self.run(|db| {
            specs::table
                .select((
                    specs::digest,
                    specs::slug,
                    specs::version,
                    specs::title,
                    specs::published_at,
                ))
                .order((
                    specs::slug.asc(),
                    specs::published_at.desc(),
                    specs::digest.desc(),
                ))
                .load(db)
        })?;
        rows.into_iter()
            .map(|(digest, slug, version, title, published_at)| {
                let row = Row {
                    table: "specs",
                    key: &digest,
                };
                Ok(SpecSummary {
                    digest: row.parse("digest", &digest)?,
                    slug: row.parse("slug", &slug)?,
                    version,
                    title,
                    published_at: from_column(published_at),
                })
            })
            .collect()
    }
}
