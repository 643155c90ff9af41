//! What offers say where their spec does not: read from a file.

use std::path::{Path, PathBuf};

use super::{OFFER_FILE, SettingError, Source};
use crate::spec::OfferDefaults;

/// The file's name in the data folder, where the setting names none.
const FILE: &str = "offer.toml";

pub(super) fn read(source: &dyn Source, data_dir: &Path) -> Result<OfferDefaults, SettingError> {
    let named = source.value(OFFER_FILE).map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| data_dir.join(FILE));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(OfferDefaults::default());
        }
        Err(source) => {
            return Err(SettingError::Unreadable {
                name: OFFER_FILE.to_owned(),
                path,
                source,
            });
        }
    };
    OfferDefaults::parse(&text).map_err(|why| SettingError::Unusable {
        name: OFFER_FILE,
        why: format!("{}: {why}", path.display()),
    })
}
