//! A spec folder that has been read: what everything above works with.

use super::brief::{self, Brief};
use super::document::Document;
use super::folder::Folder;
use super::model::Spec;
use super::problem::{Problem, codes, whole};
use super::shape;
use crate::ids::SpecDigest;

pub(super) const SPEC_FILE: &str = "spec.toml";

/// One immutable version of a spec, addressed by its content.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecVersion {
    pub digest: SpecDigest,
    pub spec: Spec,
    pub brief: Brief,
    pub folder: Folder,
}

impl SpecVersion {
    /// Reads a folder that was checked when it was published. Checks that came later must not make a running work
    /// sample's spec unreadable, so only what cannot be parsed is an error.
    pub fn read_unchecked(folder: Folder) -> Result<SpecVersion, Vec<Problem>> {
        let spec = read_spec(&folder)?;
        let (brief, _) = read_brief(&folder).map_err(|problem| vec![problem])?;
        Ok(SpecVersion {
            digest: folder.digest(),
            spec,
            brief,
            folder,
        })
    }
}

/// The JSON Schema of `spec.toml`, generated from the types.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Spec).to_value();
    schema["title"] = "A worksample spec (spec.toml)".into();
    schema
}

pub(super) fn text_of<'f>(
    folder: &'f Folder,
    file: &str,
    purpose: &str,
) -> Result<&'f str, Problem> {
    let found = folder.files.get(file).ok_or_else(|| {
        Problem::error(
            codes::FILE_MISSING,
            whole(file),
            format!("there is no {file}"),
            format!("write {file}: {purpose}"),
        )
    })?;
    found.as_text().ok_or_else(|| {
        Problem::error(
            codes::FILE_NOT_TEXT,
            whole(file),
            format!("{file} is not UTF-8 text"),
            "save it as UTF-8",
        )
    })
}

pub(super) fn read_spec(folder: &Folder) -> Result<Spec, Vec<Problem>> {
    let text = spec_text(folder).map_err(|problem| vec![problem])?;
    let document = Document::parse(text, SPEC_FILE).map_err(|problem| vec![problem])?;
    read_document(&document)
}

pub(super) fn read_document(document: &Document<'_>) -> Result<Spec, Vec<Problem>> {
    shape::read(
        document,
        &schema(),
        "docs/spec-format.md describes every key",
    )
}

pub(super) fn spec_text(folder: &Folder) -> Result<&str, Problem> {
    text_of(
        folder,
        SPEC_FILE,
        "title, pay, timebox, boundary, clauses, criteria and gaps",
    )
}

pub(super) fn read_brief(folder: &Folder) -> Result<(Brief, Vec<Problem>), Problem> {
    text_of(
        folder,
        brief::FILE,
        "what the candidate reads, its clauses marked `{#R1}`",
    )
    .map(Brief::parse)
}
