//! The app on a socket: a thread for each connection, one request for each connection.

use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::app::App;
use crate::http::{Request, Response};
use crate::json::Json;

const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until the listener fails. A connection that fails is only logged.
pub fn serve(listener: &TcpListener, app: &Arc<App>) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept()?;
        let app = Arc::clone(app);
        thread::spawn(move || {
            if let Err(problem) = answer(&app, stream) {
                eprintln!("{peer}: {problem}");
            }
        });
    }
}

fn answer(app: &App, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let response = match Request::read_from(&mut BufReader::new(&stream)) {
        Ok(request) => app.handle(&request),
        Err(problem) if problem.kind() == io::ErrorKind::InvalidData => Response::json(
            400,
            &Json::object([
                ("code", Json::text("request_invalid")),
                ("message", Json::text(&problem.to_string())),
            ]),
        ),
        Err(problem) => return Err(problem),
    };
    response.write_to(&mut &stream)
}
