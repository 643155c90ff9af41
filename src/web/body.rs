//! One time limit for the bodies of all requests: who sends one slowly or never is answered 408.
//!
//! The limit counts from the end of the request's head. A body that is late is an error to its reader, so that a
//! handler ends at once and drops what it holds; its answer is then replaced here, for all routes alike. The connection is
//! closed after it, and after every other answer that was given before the whole body was there.

use std::cell::{Cell, RefCell};
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError as _};
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Problem, pages};

/// A body on its way, shared by its reader and by the answer.
struct Arriving {
    payload: RefCell<Payload>,
    is_late: Cell<bool>,
}

/// The body as handlers read it.
struct Limited {
    arriving: Rc<Arriving>,
    deadline: Instant,
    /// Made at the first wait: most bodies are there already.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Stream for Limited {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let late = || PayloadError::Io(io::ErrorKind::TimedOut.into());
        if self.arriving.is_late.get() {
            return Poll::Ready(Some(Err(late())));
        }
        let polled = {
            let mut payload = self.arriving.payload.borrow_mut();
            Pin::new(&mut *payload).poll_next(context)
        };
        // The limit also ends a body that never makes its reader wait.
        let is_over = if polled.is_pending() {
            let deadline = self.deadline;
            let alarm = self
                .alarm
                .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            alarm.as_mut().poll(context).is_ready()
        } else {
            matches!(polled, Poll::Ready(Some(Ok(_)))) && Instant::now() >= self.deadline
        };
        if is_over {
            self.arriving.is_late.set(true);
            return Poll::Ready(Some(Err(late())));
        }
        polled
    }
}

/// An answer that keeps the request's body open until it is sent. The server then sees a body that nobody read to its end,
/// and closes the connection; with a dropped one it would go on waiting for the rest of a chunked body.
pub struct Answer<B> {
    body: B,
    _arriving: Option<Rc<Arriving>>,
}

impl<B: MessageBody + Unpin> MessageBody for Answer<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// Ends requests whose body does not arrive within `limit`.
pub async fn limit<B: MessageBody + Unpin + 'static>(
    limit: Duration,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<
    ServiceResponse<EitherBody<Answer<B>, Answer<actix_web::body::BoxBody>>>,
    actix_web::Error,
> {
    let payload = request.take_payload();
    let arriving = (!matches!(payload, Payload::None)).then(|| {
        Rc::new(Arriving {
            payload: RefCell::new(payload),
            is_late: Cell::new(false),
        })
    });
    if let Some(arriving) = &arriving {
        let limited = Limited {
            arriving: Rc::clone(arriving),
            deadline: Instant::now() + limit,
            alarm: None,
        };
        request.set_payload(Payload::Stream {
            payload: Box::pin(limited),
        });
    }
    let answer = next.call(request).await?;
    let is_late = arriving
        .as_ref()
        .is_some_and(|arriving| arriving.is_late.get());
    if is_late {
        let response = too_slow(limit, answer.response());
        let answer = answer.into_response(response);
        return Ok(answer.map_body(|_, body| {
            EitherBody::right(Answer {
                body,
                _arriving: arriving,
            })
        }));
    }
    Ok(answer.map_body(|_, body| {
        EitherBody::left(Answer {
            body,
            _arriving: arriving,
        })
    }))
}

/// The refusal, as a page where the handler would have shown one.
fn too_slow<B>(limit: Duration, replaced: &HttpResponse<B>) -> HttpResponse {
    let problem = Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        format!("the body did not arrive within {} s", limit.as_secs_f32()),
    );
    let is_page = replaced
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if is_page {
        pages::problem(problem)
    } else {
        problem.error_response()
    }
}
