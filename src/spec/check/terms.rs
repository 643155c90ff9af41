//! The numbers and texts of the terms, the boundary, and the sandbox's limits.

use globset::Glob;

use super::super::offer::MOST_ANSWER_HOURS;
use super::super::path::unsafe_because;
use super::{Check, codes};

/// The longest that one command may run, in seconds.
const MAX_WALL_SECONDS: u32 = 3_600;

pub(super) fn check(check: &mut Check<'_>) {
    let spec = check.spec;
    for (path, text) in [
        ("title", &spec.title),
        ("version", &spec.version),
        ("summary", &spec.summary),
        ("ai_policy", &spec.ai_policy),
        ("ownership", &spec.ownership),
    ] {
        check.blank(path, text);
    }
    if let Some(why) = &spec.why {
        check.blank("why", why);
    }
    if let Some(payer) = &spec.payer {
        for (key, text) in payer.texts() {
            check.blank(&format!("payer.{key}"), text);
        }
    }
    if let Some(answers) = spec.answers {
        check.range(
            "answers.within_hours",
            answers.within_hours,
            1,
            MOST_ANSWER_HOURS,
            "hours",
        );
    }
    check.range("timebox_hours", spec.timebox_hours, 1, 40, "hours");
    check.range("due_days", spec.due_days, 1, 90, "days");
    check.range("offer_days", spec.offer_days, 1, 90, "days");
    check.range(
        "updates.every_hours",
        spec.updates.every_hours,
        1,
        24 * 14,
        "hours",
    );
    check.range("pay.within_days", spec.pay.within_days, 0, 90, "days");
    if spec.pay.amount.amount_minor <= 0 {
        check.error(
            codes::OUT_OF_RANGE,
            "pay.amount_minor",
            format!("the pay is {}: a work sample is paid work", spec.pay()),
            "write the pay in minor units: 42000 for 420.00 EUR",
        );
    }
    if spec.due_days >= 1 && spec.updates.every_hours >= spec.due_days.saturating_mul(24) {
        check.warning(
            codes::CADENCE_TOO_SLOW,
            "updates.every_hours",
            format!(
                "an update every {} hours comes never, for the work is due within {} days",
                spec.updates.every_hours, spec.due_days
            ),
            "ask for an update at least once before the work is due",
        );
    }
    boundary(check);
    sandbox(check);
}

fn boundary(check: &mut Check<'_>) {
    let globs = &check.spec.boundary.allowed;
    if globs.is_empty() {
        check.error(
            codes::BOUNDARY_EMPTY,
            "boundary.allowed",
            "the boundary allows no path",
            "list the globs that the work is meant to touch, such as \"src/**\"",
        );
    }
    for (index, glob) in globs.iter().enumerate() {
        let path = format!("boundary.allowed[{index}]");
        let trouble = match Glob::new(glob) {
            Err(error) => Some(error.kind().to_string()),
            Ok(_) => unsafe_because(glob).map(str::to_owned),
        };
        if let Some(trouble) = trouble {
            check.error(codes::BAD_GLOB, &path, format!("`{glob}` is no usable glob: {trouble}"), "write a glob relative to the repository's root, such as \"src/**\" or \"README.md\"");
        }
    }
}

fn sandbox(check: &mut Check<'_>) {
    let sandbox = &check.spec.sandbox;
    check.range(
        "sandbox.wall_seconds",
        sandbox.wall_seconds,
        1,
        MAX_WALL_SECONDS,
        "seconds",
    );
    check.range(
        "sandbox.cpu_seconds",
        sandbox.cpu_seconds,
        1,
        MAX_WALL_SECONDS * 16,
        "seconds",
    );
    check.range("sandbox.memory_mib", sandbox.memory_mib, 16, 65_536, "MiB");
    check.range(
        "sandbox.processes",
        sandbox.processes,
        1,
        4_096,
        "processes",
    );
    check.range("sandbox.file_mib", sandbox.file_mib, 1, 16_384, "MiB");
    check.range("sandbox.output_kib", sandbox.output_kib, 1, 1_024, "KiB");
    if let Some(build) = &sandbox.build {
        super::criteria::command(check, "sandbox.build", build);
    }
    for (name, value) in &sandbox.environment {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            check.error(
                codes::WRONG_VALUE,
                "sandbox.environment",
                format!("`{name}` cannot be an environment variable"),
                "use letters, digits and `_` in names, and no NUL in values",
            );
        }
    }
}
