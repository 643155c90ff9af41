use super::*;
use std::collections::BTreeMap;

fn source(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Long enough for a token of GitHub's.
const TOKEN: &str = "github_pat_0123456789";

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
    let folder = tempfile::tempdir().unwrap();
    let overrides = Overrides {
        data_dir: Some(folder.path().to_owned()),
        ..Overrides::default()
    };
    Settings::read(&source(pairs), overrides)
}

#[test]
fn without_any_setting_the_service_stores_in_a_sqlite_file_and_knows_no_github() {
    let settings = read(&[]).unwrap();
    use secrecy::ExposeSecret as _;
    assert!(
        settings
            .database_url
            .expose_secret()
            .ends_with("worksample.db")
    );
    assert!(settings.github.is_none());
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, " a secret of the hooks\r\n").unwrap();
    let settings = read(&[("WORKSAMPLE_WEBHOOK_SECRET_FILE", path.to_str().unwrap())]).unwrap();
    use secrecy::ExposeSecret as _;
    assert_eq!(
        settings.webhook_secret.unwrap().expose_secret(),
        "a secret of the hooks"
    );
}

#[test]
fn a_generated_token_key_stays_the_same_and_is_readable_by_its_owner_only() {
    use secrecy::ExposeSecret as _;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let first = token_key(&source(&[]), folder.path()).unwrap();
    let second = token_key(&source(&[]), folder.path()).unwrap();
    assert_eq!(first.expose_secret(), second.expose_secret());
    let mode = std::fs::metadata(folder.path().join("token.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn half_an_app_or_a_github_without_organisation_is_an_error_that_names_the_setting() {
    let error = read(&[("WORKSAMPLE_GITHUB_APP_ID", "12")]).unwrap_err();
    assert!(
        error.to_string().contains("WORKSAMPLE_GITHUB_APP_KEY_FILE"),
        "{error}"
    );
    let error = read(&[("WORKSAMPLE_GITHUB_TOKEN", TOKEN)]).unwrap_err();
    assert!(
        error.to_string().contains("WORKSAMPLE_GITHUB_ORG"),
        "{error}"
    );
}

#[test]
fn what_setup_wrote_is_read_below_the_environment_and_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = file::keep(
        folder.path(),
        &[(GITHUB_ORG, "acme"), (GITHUB_TOKEN, TOKEN)],
    )
    .unwrap();
    file::keep(folder.path(), &[(GITHUB_ORG, "acme,beta")]).unwrap();
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let overrides = || Overrides {
        data_dir: Some(folder.path().to_owned()),
        ..Overrides::default()
    };
    let settings = Settings::read(&source(&[]), overrides()).unwrap();
    assert_eq!(settings.github.unwrap().orgs.len(), 2);
    let settings = Settings::read(&source(&[(GITHUB_ORG, "other")]), overrides()).unwrap();
    assert_eq!(settings.github.unwrap().orgs[0].as_str(), "other");
}

#[test]
fn a_line_in_the_file_that_is_no_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        ("\n# fine\nWORKSAMPLE_GITHUB_ROG=acme\n", "line 3"),
        ("WORKSAMPLE_GITHUB_ORG\n", "NAME=value"),
        ("WORKSAMPLE_DATA_DIR=elsewhere\n", "WORKSAMPLE_DATA_DIR"),
    ] {
        std::fs::write(folder.path().join(file::FILE), text).unwrap();
        let error = file::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn one_or_several_organisations_may_be_named_each_once() {
    let named = |orgs: &str| {
        read(&[
            ("WORKSAMPLE_GITHUB_TOKEN", TOKEN),
            ("WORKSAMPLE_GITHUB_ORG", orgs),
        ])
        .map(|settings| settings.github.unwrap().orgs)
    };
    let several: Vec<String> = named("acme, Beta-2")
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(several, ["acme", "Beta-2"]);
    for odd in ["acme,", "acme,ACME", "acme/beta", "acme beta"] {
        let error = named(odd).unwrap_err().to_string();
        assert!(error.contains("WORKSAMPLE_GITHUB_ORG"), "{odd}: {error}");
    }
}

#[test]
fn github_team_is_read_strictly() {
    let named = |teams: &str| {
        read(&[
            (GITHUB_TOKEN, TOKEN),
            (GITHUB_ORG, "acme,beta"),
            (GITHUB_TEAM, teams),
        ])
        .map(|settings| settings.github.unwrap().teams)
    };
    let several: Vec<String> = named("acme/hiring, leads")
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(several, ["acme/hiring", "leads"]);
    for odd in ["leads,", "leads,leads", "acme/", "other/leads", "Our Leads"] {
        let error = named(odd).unwrap_err().to_string();
        assert!(error.contains(GITHUB_TEAM), "{odd}: {error}");
    }
}

#[test]
fn a_short_token_key_is_refused_and_settings_do_not_print_secrets() {
    assert!(read(&[("WORKSAMPLE_TOKEN_KEY", "short")]).is_err());
    let settings = read(&[
        ("WORKSAMPLE_GITHUB_TOKEN", "ghp_visible_and_long_enough"),
        ("WORKSAMPLE_GITHUB_ORG", "acme"),
        ("WORKSAMPLE_DATABASE_URL", "postgres://u:hunter2@h/d"),
    ])
    .unwrap();
    let printed = format!("{settings:?}");
    assert!(
        !printed.contains("ghp_visible") && !printed.contains("hunter2"),
        "{printed}"
    );
}

#[test]
fn readme_lists_every_setting_as_the_code_documents_it() {
    let readme = include_str!("../../README.md");
    for setting in DOCUMENTED {
        let row = format!("| `{}` |", setting.name);
        let line = readme
            .lines()
            .find(|line| line.starts_with(&row))
            .unwrap_or_else(|| panic!("README does not list {}", setting.name));
        assert!(
            line.contains(setting.meaning),
            "README says otherwise: {line}"
        );
    }
}

#[test]
fn a_token_in_the_environment_stands_before_an_app_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let app = [
        (GITHUB_ORG, "acme"),
        (GITHUB_APP_ID, "7"),
        (GITHUB_APP_KEY_FILE, "/nowhere/key.pem"),
    ];
    file::keep(folder.path(), &app).unwrap();
    let settings = Settings::read(
        &source(&[(GITHUB_TOKEN, "from-the-environment")]),
        Overrides {
            data_dir: Some(folder.path().to_owned()),
            ..Overrides::default()
        },
    )
    .unwrap();
    let identity = settings.github.unwrap().identity;
    assert!(matches!(identity, Identity::Token(_)), "{identity:?}");
}

#[test]
fn secrets_are_trimmed_and_checked_alike_from_everywhere() {
    use secrecy::ExposeSecret as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    for setting in DOCUMENTED.iter().filter(|setting| setting.secret) {
        let name = setting.name;
        let least = setting.rule.unwrap().least;
        let long = "x".repeat(least.max(40));
        let short = "x".repeat(least - 1);
        let by_file = format!("{name}_FILE");
        let found = |text: &str| {
            std::fs::write(&path, text).unwrap();
            file::keep(folder.path(), &[]).unwrap();
            let settings_file = folder.path().join(file::FILE);
            std::fs::write(&settings_file, format!("{name}={text}\n")).unwrap();
            let nothing = source(&[]);
            let layered = file::Layered::open(&nothing, folder.path()).unwrap();
            [
                secret::secret(&source(&[(name, text)]), name),
                secret::secret(&source(&[(&by_file, path.to_str().unwrap())]), name),
                secret::secret(&layered, name),
            ]
            .map(|one| {
                one.map(|secret| secret.unwrap().expose_secret().to_owned())
                    .map_err(|error| error.to_string())
            })
        };
        for text in [long.clone(), format!("\t {long} ")] {
            assert_eq!(found(&text), [(); 3].map(|()| Ok(long.clone())), "{name}");
        }
        for text in [short.as_str(), " "] {
            for error in found(text).map(Result::unwrap_err) {
                assert!(error.starts_with(name), "{error}");
                assert!(!error.contains("xx"), "{error}");
            }
        }
        let no_file = secret::secret(&source(&[(&by_file, "")]), name).unwrap_err();
        assert!(no_file.to_string().contains("_FILE"), "{no_file}");
        assert!(no_file.hint().is_some());
        let missing = secret::secret(&source(&[(&by_file, "/nowhere/at-all")]), name);
        let missing = missing.unwrap_err().to_string();
        assert!(missing.contains("/nowhere/at-all"), "{missing}");
    }
}

#[test]
fn token_that_is_named_but_empty_is_refused_beside_an_app() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    std::fs::write(&key, "-".repeat(300)).unwrap();
    let app = [
        (GITHUB_ORG, "acme"),
        (GITHUB_APP_ID, "7"),
        (GITHUB_APP_KEY_FILE, key.to_str().unwrap()),
    ];
    assert!(read(&app).is_ok());
    let mut both = app.to_vec();
    both.push((GITHUB_TOKEN, ""));
    let error = read(&both).unwrap_err().to_string();
    assert!(error.contains(GITHUB_TOKEN), "{error}");
    std::fs::write(&key, "\n").unwrap();
    let error = read(&app).unwrap_err().to_string();
    assert!(error.contains(GITHUB_APP_KEY_FILE), "{error}");
}

#[test]
fn body_timeout_is_seconds_within_its_bounds() {
    let of = |text: &str| read(&[(BODY_TIMEOUT, text)]).map(|settings| settings.body_timeout);
    assert_eq!(of("5").unwrap(), Duration::from_secs(5));
    assert_eq!(of("").unwrap(), DEFAULT_BODY_TIMEOUT);
    for odd in ["0", "601", "-1", "ten", "1.5"] {
        let error = of(odd).unwrap_err().to_string();
        assert!(error.contains(BODY_TIMEOUT), "{error}");
    }
}

#[test]
fn unusable_name_of_team_or_organisation_is_quoted() {
    let said = |name: &str, value: &str| {
        let mut settings = vec![(GITHUB_TOKEN, "a-token-that-is-long-enough")];
        if name != GITHUB_ORG {
            settings.push((GITHUB_ORG, "acme"));
        }
        settings.push((name, value));
        read(&settings).unwrap_err().to_string()
    };
    for value in ["/", "/x", "x/", "acme,,leads", "a b"] {
        let error = said(GITHUB_TEAM, value);
        assert!(error.contains(&format!("`{value}`")), "{value}: {error}");
        assert!(!error.contains("``"), "{value}: {error}");
    }
    for value in [",", "acme,", "a b"] {
        let error = said(GITHUB_ORG, value);
        assert!(error.contains(&format!("`{value}`")), "{value}: {error}");
    }
}
