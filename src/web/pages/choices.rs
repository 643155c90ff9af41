//! Choices that several forms have.

use super::components::Choice;
use crate::zone::Zone;

/// The names of all time zones.
pub(super) fn zone_names() -> Vec<&'static str> {
    Zone::names().filter(|name| is_offered(name)).collect()
}

/// All time zones, with one of them chosen.
pub(super) fn zones(chosen: &str) -> Vec<Choice> {
    Zone::names()
        .filter(|name| *name == chosen || is_offered(name))
        .map(|name| Choice::new(name, name, name == chosen))
        .collect()
}

/// Names that are a place or UTC; the others are older names for the same zones.
fn is_offered(name: &str) -> bool {
    const REGIONS: [&str; 9] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
    ];
    name == "UTC" || name.starts_with("Pacific/") || REGIONS.iter().any(|one| name.starts_with(one))
}
