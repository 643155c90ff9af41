//! Secrets that cannot be used, as the program meets them at its start: each is refused with its name, its place and a
//! hint, by `serve` and by `doctor`.

use serde_json::Value;

use super::place::{Finished, On, Place};

const SECRETS: [&str; 5] = [
    "WORKSAMPLE_DATABASE_URL",
    "WORKSAMPLE_GITHUB_TOKEN",
    "WORKSAMPLE_WEBHOOK_SECRET",
    "WORKSAMPLE_WEBHOOK_SECRET_PREVIOUS",
    "WORKSAMPLE_TOKEN_KEY",
];

async fn run(place: &Place, arguments: &[&str], settings: &[(&str, Option<&str>)]) -> Finished {
    let mut command = place.command(arguments);
    for (name, value) in settings {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().await.unwrap();
    Finished {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `serve` and `doctor` both refuse, and name all of `words`.
async fn refused(place: &Place, settings: &[(&str, Option<&str>)], words: &[&str]) {
    let served = run(place, &["serve", "--bind", "127.0.0.1:0"], settings).await;
    assert_eq!(served.status, 1, "{settings:?}: {served:?}");
    assert_eq!(served.out, "", "{settings:?}: it listened");
    assert!(served.err.contains("\nhint: "), "{served:?}");
    let doctor = run(place, &["doctor", "--json"], settings).await;
    assert_eq!(doctor.status, 1, "{settings:?}: {doctor:?}");
    let findings: Vec<Value> = serde_json::from_str(&doctor.out).unwrap();
    let finding = findings
        .iter()
        .find(|one| one["what"] == words[0])
        .unwrap_or_else(|| panic!("no finding of {}: {findings:#?}", words[0]));
    assert_eq!(finding["state"], "broken");
    assert!(finding["hint"].is_string(), "{finding}");
    for word in words {
        assert!(served.err.contains(word), "{word}: {}", served.err);
        let detail = finding["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{word}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_secret_is_refused_wherever_it_comes_from() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let file = place.path().join("a-secret");
    let file_path = file.to_str().unwrap();
    let settings_file = place.path().join("data/worksample.env");
    std::fs::create_dir_all(place.path().join("data")).unwrap();
    for name in SECRETS {
        refused(
            &place,
            &[(name, Some(" "))],
            &[name, "empty", "environment"],
        )
        .await;
        let by_file = format!("{name}_FILE");
        for blank in ["", "\n", " \t\r\n"] {
            std::fs::write(&file, blank).unwrap();
            refused(
                &place,
                &[(name, None), (&by_file, Some(file_path))],
                &[name, "empty", file_path],
            )
            .await;
        }
        std::fs::write(&settings_file, format!("{name}=\n")).unwrap();
        refused(&place, &[(name, None)], &[name, "empty", "worksample.env"]).await;
        std::fs::remove_file(&settings_file).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_token_key_in_the_data_folder_is_refused() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let data = place.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let key = data.join("token.key");
    let none = [("WORKSAMPLE_TOKEN_KEY", None)];
    let name = "WORKSAMPLE_TOKEN_KEY";
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"\n", "empty"),
        (b"thirty-one characters, not more", "31 characters"),
        (&[0xff; 40], "UTF-8"),
    ] {
        std::fs::write(&key, bytes).unwrap();
        refused(&place, &none, &[name, word, "token.key"]).await;
    }
    std::fs::remove_file(&key).unwrap();
    std::fs::create_dir(&key).unwrap();
    refused(&place, &none, &[name, "cannot be read", "token.key"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_every_unusable_secret() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let settings = [
        ("WORKSAMPLE_WEBHOOK_SECRET", Some("short")),
        ("WORKSAMPLE_TOKEN_KEY", Some("short, too")),
        ("WORKSAMPLE_GITHUB_APP_ID", Some("7")),
        ("WORKSAMPLE_GITHUB_APP_KEY_FILE", Some("/nowhere/key.pem")),
    ];
    let doctor = run(&place, &["doctor", "--json"], &settings).await;
    assert_eq!(doctor.status, 1);
    let findings: Vec<Value> = serde_json::from_str(&doctor.out).unwrap();
    let mut named: Vec<&str> = findings
        .iter()
        .map(|one| one["what"].as_str().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "WORKSAMPLE_GITHUB_APP_KEY_FILE",
            "WORKSAMPLE_TOKEN_KEY",
            "WORKSAMPLE_WEBHOOK_SECRET"
        ]
    );
    assert!(!doctor.out.contains("short, too"), "{}", doctor.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_does_not_list_an_empty_secret_as_set() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let doctor = run(
        &place,
        &["doctor"],
        &[("WORKSAMPLE_WEBHOOK_SECRET", Some(" "))],
    )
    .await;
    assert_eq!(doctor.status, 1, "{doctor:?}");
    let line = |name: &str| {
        let listed = doctor.out.lines().filter(|line| line.starts_with("  "));
        let mut of_name = listed.filter(|line| line.split_whitespace().next() == Some(name));
        of_name
            .next()
            .unwrap_or_else(|| panic!("{name}: {doctor:?}"))
    };
    assert!(line("WORKSAMPLE_WEBHOOK_SECRET").contains("(set, but empty)"));
    assert!(line("WORKSAMPLE_TOKEN_KEY").contains("(set) "));
}
