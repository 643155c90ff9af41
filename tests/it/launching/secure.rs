//! Behind HTTPS, cookies are the browser's alone and this host's alone.

use reqwest::{Client, Method, Response};
use worksample::app::{Application, Parts, Surroundings};
use worksample::config::Settings;
use worksample::ids::SeededIds;

use super::LEA;
use crate::support::small;
use crate::support::visitor::{field, sign_in_path};

const NAME: &str = "__Host-";

/// What is set: name and value, and what it is set with.
fn cookies(answer: &Response) -> Vec<(String, String)> {
    answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| {
            let (pair, with) = cookie.to_str().unwrap().split_once(';').unwrap();
            (pair.to_owned(), with.to_owned())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_a_session_is_kept_from_other_hosts_and_plain_connections() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        public_url: "https://work.example.com".into(),
        ..small::settings(dir.path())
    };
    let clock =
        worksample::clock::SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap());
    let surroundings = Surroundings {
        clock: clock.clone(),
        ids: std::sync::Arc::new(SeededIds::new(5)),
    };
    let application = Application::build(&settings, &surroundings, None, Parts::WebOnly)
        .await
        .unwrap();
    let base = format!("http://{}", application.address().unwrap());
    let link = sign_in_path(&application.services(), LEA, "lead").await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let served = tokio::spawn(application.run(stopped));
    let browser = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let send = async |method: Method, path: &str, cookie: &str, body: String| {
        let request = browser
            .request(method, format!("{base}{path}"))
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        request.send().await.unwrap()
    };

    let page = send(Method::GET, &link, "", String::new()).await;
    let visit = cookies(&page).remove(0);
    let form_token = field(&page.text().await.unwrap(), "form_token");
    let form = crate::support::form(&[("form_token", &form_token)]);
    let entered = send(Method::POST, &link, &visit.0, form).await;
    assert_eq!(entered.status(), 303);
    let session = cookies(&entered)
        .into_iter()
        .find(|(pair, _)| !pair.ends_with('='))
        .unwrap();
    for (pair, with) in [&visit, &session] {
        assert!(pair.starts_with(NAME), "{pair}");
        for word in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(with.contains(word), "{word} is missing in {with}");
        }
        assert!(!with.contains("Domain"), "{with}");
    }
    let inside = send(Method::GET, "/launches", &session.0, String::new()).await;
    assert_eq!(inside.status(), 200);
    // Under the name that any host could set, it is nobody's.
    let plain = session.0.trim_start_matches(NAME);
    let outside = send(Method::GET, "/launches", plain, String::new()).await;
    assert_eq!(outside.status(), 303);
    stop.send_replace(true);
    served.await.unwrap().unwrap();
}
