//! `/healthz` (the process answers), `/readyz` (so does its database), `/metrics`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::Problem;
use super::door::Door;
use super::words::name_of;
use crate::store::StoreError;

#[utoipa::path(get, path = "/healthz", summary = "Check that the process answers", tag = "health", responses((status = 200, description = "the process answers", body = serde_json::Value, example = json!({ "status": "ok" }))))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

#[utoipa::path(get, path = "/readyz", summary = "Check that the service can reach its database", tag = "health", responses(
    (status = 200, description = "the database answers", body = serde_json::Value, example = json!({ "status": "ready", "github": true, "sandbox": true })), (status = 503, description = "it does not", body = Problem)))]
pub async fn readyz(door: web::Data<Door>) -> Result<HttpResponse, Problem> {
    door.services
        .store
        .read(|tx| tx.count_jobs())
        .await
        .map_err(not_ready)?;
    Ok(HttpResponse::Ok().json(json!({
        "status": "ready",
        "github": !door.services.github.is_empty(),
        "sandbox": door.services.sandbox.is_some(),
    })))
}

#[utoipa::path(get, path = "/metrics", summary = "Read metrics for Prometheus", tag = "health", responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain",
    example = "# TYPE worksample_jobs gauge\nworksample_jobs{state=\"ready\"} 3\n")))]
pub async fn metrics(door: web::Data<Door>) -> Result<HttpResponse, Problem> {
    let counts = door
        .services
        .store
        .read(|tx| tx.count_jobs())
        .await
        .map_err(not_ready)?;
    for (state, count) in counts {
        door.metrics.jobs(&name_of(&state), count);
    }
    let text = door.metrics.text().map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "metrics_failed",
            error.to_string(),
        )
    })?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(text))
}

fn not_ready(error: StoreError) -> Problem {
    tracing::error!(%error, "not ready");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_ready",
        "the database does not answer",
    )
}
