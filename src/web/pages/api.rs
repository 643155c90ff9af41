//! The API's description as a page: a table of all operations, which Swagger UI replaces where scripts run.
//!
//! `utoipa-swagger-ui` brings Swagger UI's files (Apache-2.0) in our binary, so no other host is asked. The crate's own
//! routes and page are not used: its page has neither our policy nor anything to read without a script. Swagger UI needs no
//! `unsafe-*`: it sets its styles by script, and its images are `data:`. Its files are sent as they are kept, compressed.
//!
//! Our stylesheet gives rules to plain elements, which Swagger UI's would inherit. On this page it is therefore in a cascade
//! layer, and a second layer takes its rules back inside the viewer.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use utoipa::OpenApi as _;
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use super::super::api::openapi::Description;
use super::super::session::team_member;
use super::failure::PageProblem;
use super::frame::version;
use super::statics::{FOR_EVER, STYLE, file};
use super::{Frame, page};

/// As on other pages, and Swagger UI's script, images and calls of this service.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const VIEWER: &str = include_str!("../../../templates/pages/api.css");
const START: &str = include_str!("../../../templates/pages/api.js");
const SCRIPT: &str = "swagger-ui-bundle.js";
const SHEET: &str = "swagger-ui.css";

static FRAME_STYLE: LazyLock<String> =
    LazyLock::new(|| format!("@layer frame, reset;\n@layer frame {{\n{STYLE}}}\n{VIEWER}"));
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(operations);
/// Changes with every file that the page loads.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = [FRAME_STYLE.as_bytes(), START.as_bytes()].concat();
    for name in [SCRIPT, SHEET] {
        all.extend(swagger(name).iter().flat_map(|file| file.bytes.iter()));
    }
    version(all)
});

/// One operation of the API.
struct Operation {
    method: &'static str,
    path: String,
    summary: String,
}

#[derive(Template)]
#[template(path = "pages/api.html")]
struct Page {
    frame: Frame,
    version: &'static str,
    operations: &'static [Operation],
}

fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in Description::openapi().paths.paths {
        for (method, operation) in [("GET", item.get), ("POST", item.post)] {
            if let Some(operation) = operation {
                all.push(Operation {
                    method,
                    path: path.clone(),
                    summary: operation.summary.unwrap_or_default(),
                });
            }
        }
    }
    all
}

/// For everybody, as the description is; who is signed in keeps the header.
pub async fn show(request: HttpRequest) -> Result<HttpResponse, PageProblem> {
    let title = "The API";
    let frame = match team_member(&request).await {
        Ok(member) => Frame::of_member(&member, title),
        Err(_) => Frame::new(title),
    };
    let shown = Page {
        frame,
        version: &VERSION,
        operations: &OPERATIONS,
    };
    let mut response = page(StatusCode::OK, &shown)?;
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn swagger(name: &str) -> Option<SwaggerFile<'static>> {
    serve(name, Arc::new(Config::default())).ok().flatten()
}

fn swagger_file(name: &str, kind: &'static str) -> HttpResponse {
    let Some(found) = swagger(name) else {
        tracing::error!(name, "a file of the API viewer is missing");
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, FOR_EVER));
    if found.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    response.body(match found.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

pub async fn script() -> HttpResponse {
    swagger_file(SCRIPT, "text/javascript; charset=utf-8")
}

pub async fn sheet() -> HttpResponse {
    swagger_file(SHEET, "text/css; charset=utf-8")
}

pub async fn start() -> HttpResponse {
    file("text/javascript; charset=utf-8", FOR_EVER, START.as_bytes())
}

pub async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", FOR_EVER, FRAME_STYLE.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewer_files_are_in_the_binary() {
        for name in [SCRIPT, SHEET] {
            assert!(swagger(name).unwrap().bytes.len() > 10_000, "{name}");
        }
    }

    #[test]
    fn table_lists_every_operation_with_a_summary() {
        assert!(OPERATIONS.len() > 50);
        for one in OPERATIONS.iter() {
            assert!(!one.summary.is_empty(), "{} {}", one.method, one.path);
        }
        let described = serde_json::to_value(Description::openapi()).unwrap();
        let paths = described["paths"].as_object().unwrap();
        let count: usize = paths
            .values()
            .map(|one| one.as_object().unwrap().len())
            .sum();
        assert_eq!(OPERATIONS.len(), count);
    }
}
