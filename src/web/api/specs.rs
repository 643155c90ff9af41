//! Published spec versions.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::{Lead, Team};
use super::super::door::Door;
use super::request;
use super::views::SpecView;
use crate::spec::{File, Folder};
use crate::workflow::{hours, publish};

/// A spec folder as JSON may be this large.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A file of a spec folder: its text, or its bytes in Base64.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub base64: Option<String>,
    #[serde(default)]
    pub executable: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "files": { "spec.toml": { "text": "title = \"Idempotency keys for an order API\"\n" }, "brief.md": { "text": "# Brief\n" }, "starter/run.sh": { "base64": "IyEvYmluL3NoCg==", "executable": true } } })))]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// The folder's files by their relative paths.
    pub files: BTreeMap<String, FileBody>,
}

#[utoipa::path(post, path = "/api/v1/specs", summary = "Publish a spec", tag = "specs", request_body = PublishBody, security(("bearer" = [])), responses(
    (status = 201, description = "stored as a new version", body = SpecView),
    (status = 200, description = "the same content is published already", body = SpecView),
    (status = 422, description = "the spec has errors; `problems` lists them", body = Problem)))]
pub async fn publish(
    door: web::Data<Door>,
    _lead: Lead,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let body: PublishBody = request::json(&body)?;
    let mut folder = Folder {
        files: BTreeMap::new(),
    };
    for (path, file) in body.files {
        let bytes = match (file.text, file.base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(encoded)) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map_err(|error| {
                    Problem::bad_request(
                        "file_unreadable",
                        format!("`{path}` is not Base64: {error}"),
                    )
                })?,
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::bad_request(
                    "file_unreadable",
                    format!("`{path}` needs either `text` or `base64`"),
                ));
            }
        };
        folder.files.insert(
            path,
            File {
                bytes,
                executable: file.executable,
            },
        );
    }
    let (version, new) = publish::publish(&door.services, folder).await?;
    let view = SpecView::from(&version);
    Ok(if new {
        HttpResponse::Created().json(view)
    } else {
        HttpResponse::Ok().json(view)
    })
}

#[utoipa::path(get, path = "/api/v1/specs", summary = "List published specs", tag = "specs", security(("bearer" = [])),
    responses((status = 200, description = "every version, newest first", body = Vec<SpecView>)))]
pub async fn list(door: web::Data<Door>, _team: Team) -> Result<HttpResponse, Problem> {
    let specs = publish::list(&door.services).await?;
    Ok(HttpResponse::Ok().json(specs.iter().map(SpecView::from).collect::<Vec<_>>()))
}

#[utoipa::path(get, path = "/api/v1/specs/{spec}", summary = "Show a published spec", tag = "specs", security(("bearer" = [])),
    params(("spec" = String, Path, description = "a digest, or a slug for its latest version", example = "order-idempotency")),
    responses((status = 200, description = "the version", body = SpecView), (status = 422, description = "unknown", body = Problem)))]
pub async fn show(
    door: web::Data<Door>,
    _team: Team,
    spec: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let digest = publish::find(&door.services, &spec).await?;
    let version = door.services.version(&digest).await?;
    let hours = hours::of_spec(&door.services, &version.spec.slug).await?;
    let view = SpecView {
        hours: hours.map(Into::into),
        ..SpecView::from(version.as_ref())
    };
    Ok(HttpResponse::Ok().json(view))
}
