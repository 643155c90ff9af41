//! The widths at which people's ways are gone, with scripts and without.

/// How somebody looks at the pages.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub scripts: bool,
}

/// A wide window with scripts and a phone without; in a long run, which has `WORKSAMPLE_WIDTHS=all`, every width in both
/// ways.
#[expect(
    clippy::disallowed_methods,
    reason = "how much is played is the caller's choice, and no setting of the service"
)]
pub fn looks() -> Vec<Look> {
    let wanted = std::env::var("WORKSAMPLE_WIDTHS").unwrap_or_default();
    if wanted != "all" {
        assert!(
            matches!(wanted.as_str(), "" | "plain"),
            "WORKSAMPLE_WIDTHS is `plain` or `all`, not `{wanted}`"
        );
        return vec![
            Look {
                width: 1280,
                scripts: true,
            },
            Look {
                width: 360,
                scripts: false,
            },
        ];
    }
    [320, 360, 390, 768, 1024, 1280, 1920]
        .into_iter()
        .flat_map(|width| [true, false].map(|scripts| Look { width, scripts }))
        .collect()
}
