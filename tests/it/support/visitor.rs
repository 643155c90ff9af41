//! Somebody at a browser that keeps cookies, follows nothing by itself and runs no script; and how they get in.

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::secret_token::SecretToken;
use worksample::store::PersonRow;
use worksample::workflow::people::{self, PersonDetails};
use worksample::workflow::{Services, WorkflowError, links};

const BOUNDARY: &str = "----a-boundary";

/// The person of this name, who is added with the role where nobody has it.
pub async fn person(services: &Services, name: &str, role: &str) -> PersonRow {
    if let Some(known) = people::named(services, name).await.unwrap() {
        return known;
    }
    let details = PersonDetails {
        name: Some(name.to_owned()),
        roles: Some(vec![role.to_owned()]),
        ..PersonDetails::default()
    };
    people::add(services, details, "test").await.unwrap()
}

/// The path of a link that signs this person in, once.
pub async fn sign_in_path(services: &Services, name: &str, role: &str) -> String {
    let person = person(services, name, role).await;
    let token = links::make_sign_in_link(services, &person.id, "test")
        .await
        .unwrap();
    links::sign_in_url("", &token)
}

/// The path of a link that opens a work sample to its candidate.
pub async fn offer_path(services: &Services, work_sample: &WorkSampleId) -> String {
    let token = SecretToken::new(services.ids.as_ref());
    let (made, id, now) = (token.clone(), work_sample.clone(), services.now());
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(links::offer_link(tx, &made, &id, "test", now)?))
        .await
        .unwrap();
    links::offer_url("", &token)
}

pub struct Visitor {
    pub address: SocketAddr,
    http: reqwest::Client,
    pub cookies: Vec<(String, String)>,
}

pub struct Page {
    pub status: StatusCode,
    pub location: String,
    pub policy: String,
    pub retry_after: String,
    pub text: String,
    pub set_cookie: Vec<String>,
}

impl Page {
    /// The first form token on the page that belongs to a form with this action.
    pub fn form_token(&self, action: &str) -> String {
        let form = self
            .text
            .split(&format!("action=\"{action}\""))
            .nth(1)
            .unwrap_or_else(|| panic!("no form {action}: {}", self.text));
        field(form, "form_token")
    }

    /// Status and the code of a problem are these.
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{code}: {}", self.text);
        assert!(self.text.contains(code), "{code}: {}", self.text);
    }

    /// The form is shown again, with an error that says this beside this field; an empty field: beside none.
    pub fn has_error(&self, status: u16, field: &str, words: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.text.contains("<title>Error: "), "{}", self.text);
        let beside = match field {
            "" => "There is a problem".to_owned(),
            field => format!("id=\"{field}-error\""),
        };
        let after = self.text.split(&beside).nth(1);
        let after = after.unwrap_or_else(|| panic!("no {beside}: {}", self.text));
        let told: String = after.chars().take(400).collect();
        let told = told.replace("<code>", "`").replace("</code>", "`");
        assert!(told.contains(words), "{words}: {told}");
    }

    /// The browser is led to this path.
    pub fn leads_to(&self, path: &str) {
        let led = (self.status.as_u16(), self.location.as_str());
        assert_eq!(led, (303, path), "{}", self.text);
    }
}

/// The value of the field with this name.
pub fn value_of(html: &str, name: &str) -> String {
    let rest = html.split(&format!(" name=\"{name}\"")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no field {name}: {html}"));
    let attributes = rest.split('>').next().unwrap();
    let value = attributes.split(" value=\"").nth(1).unwrap_or_default();
    value.split('"').next().unwrap().to_owned()
}

pub fn field(html: &str, name: &str) -> String {
    let rest = html
        .split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Visitor {
    pub fn at(address: SocketAddr) -> Self {
        Visitor {
            address,
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            cookies: Vec::new(),
        }
    }

    pub fn new(world: &World) -> Self {
        Visitor::at(world.address)
    }

    /// Somebody of the team who is signed in.
    pub async fn signed_in(world: &World, name: &str, role: &str) -> Self {
        let mut visitor = Visitor::new(world);
        let link = sign_in_path(&world.services, name, role).await;
        visitor.use_link(&link).await.leads_to("/");
        visitor
    }

    /// Opens a sign-in link and presses its button.
    pub async fn use_link(&mut self, link: &str) -> Page {
        let form_token = self.get(link).await.form_token(link);
        self.post(link, &[("form_token", &form_token)]).await
    }

    /// The candidate of a work sample, who opened their link.
    pub async fn candidate(world: &World, work_sample: &WorkSampleId) -> Self {
        let mut visitor = Visitor::new(world);
        let link = offer_path(&world.services, work_sample).await;
        visitor.get(&link).await.leads_to("/offer");
        visitor
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        let found = self.cookies.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.http
            .request(method, format!("http://{}{path}", self.address))
            .header("cookie", cookies.join("; "))
    }

    pub async fn send(&mut self, method: Method, path: &str) -> Page {
        let response = self.request(method, path).send().await.unwrap();
        self.read(response).await
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    pub async fn post_parts(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let parts: String = fields
            .iter()
            .map(|(name, value)| {
                let file = if *name == "file" { "; filename=\"c.csv\"\r\nContent-Type: text/csv" } else { "" };
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
            })
            .collect();
        let request = self
            .request(Method::POST, path)
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(format!("{parts}--{BOUNDARY}--\r\n"));
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    async fn read(&mut self, response: Response) -> Page {
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        let (location, policy) = (header("location"), header("content-security-policy"));
        let retry_after = header("retry-after");
        let set_cookie: Vec<String> = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect();
        for cookie in &set_cookie {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Page {
            status,
            location,
            policy,
            retry_after,
            text: response.text().await.unwrap(),
            set_cookie,
        }
    }
}
