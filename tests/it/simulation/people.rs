//! What people's clients do at GitHub. Their requests meet faults too, and they do what people do then: look whether it is
//! there, and else do it again.

use reqwest::Method;
use serde_json::Value;
use worksample::stand_in::StandIn;

/// Whoever fails so often gives up.
const PATIENCE: usize = 200;

pub struct People {
    client: reqwest::Client,
    api_url: String,
    service: String,
    tokens: Vec<String>,
}

impl People {
    pub fn new(stand_in: &StandIn, candidates: usize) -> People {
        let tokens = (0..candidates)
            .map(|number| {
                stand_in
                    .add_user(&People::login(number), "A candidate")
                    .unwrap()
            })
            .collect();
        People {
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            api_url: stand_in.api_url(),
            service: stand_in.service_token().to_owned(),
            tokens,
        }
    }

    pub fn login(number: usize) -> String {
        format!("candidate-{number}")
    }

    /// One request with the service's own token; `None` for anything but a whole answer of success.
    pub async fn service(&self, method: Method, path: &str, body: Option<&Value>) -> Option<Value> {
        self.ask(&self.service, method, path, body).await.1
    }

    /// A list that the service's own token shows.
    pub async fn shown(&self, path: &str) -> Vec<Value> {
        match self.ask(&self.service, Method::GET, path, None).await {
            (_, Some(Value::Array(all))) => all,
            (status, answer) => panic!("GET {path}: status {status}, {answer:?}"),
        }
    }

    /// One request; the status, if there was one, and the answer of a success.
    async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Option<Value>) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.api_url))
            .bearer_auth(token)
            .header("user-agent", "people");
        if let Some(body) = body {
            request = request.json(body);
        }
        let Ok(answer) = request.send().await else {
            return (0, None);
        };
        let status = answer.status();
        let body = answer.text().await;
        if !status.is_success() {
            return (status.as_u16(), None);
        }
        match body {
            Ok(body) if body.is_empty() => (status.as_u16(), Some(Value::Null)),
            Ok(body) => (status.as_u16(), serde_json::from_str(&body).ok()),
            Err(_) => (0, None),
        }
    }

    /// What a list shows, asked for as often as it takes.
    pub async fn list(&self, who: usize, path: &str) -> Vec<Value> {
        for _ in 0..PATIENCE {
            let (_, answer) = self.ask(&self.tokens[who], Method::GET, path, None).await;
            if let Some(Value::Array(all)) = answer {
                return all;
            }
        }
        panic!("GET {path} never succeeds");
    }

    /// Does what may be done any number of times, until it succeeds, or GitHub says with `settled` that it is done.
    pub async fn insist(
        &self,
        who: usize,
        method: Method,
        path: &str,
        body: Option<&Value>,
        settled: &[u16],
    ) {
        for _ in 0..PATIENCE {
            let token = &self.tokens[who];
            let (status, answer) = self.ask(token, method.clone(), path, body).await;
            if answer.is_some() || settled.contains(&status) {
                return;
            }
        }
        panic!("{method} {path} never succeeds");
    }

    /// Writes what has this text once: after an answer that did not come, the list says whether it is there.
    pub async fn write(&self, who: usize, path: &str, list: &str, body: &Value) -> Value {
        let token = &self.tokens[who];
        for _ in 0..PATIENCE {
            if let (_, Some(made)) = self.ask(token, Method::POST, path, Some(body)).await {
                return made;
            }
            let there = self.list(who, list).await;
            let found = there.into_iter().find(|one| one["body"] == body["body"]);
            if let Some(found) = found {
                return found;
            }
        }
        panic!("POST {path} never succeeds");
    }
}
