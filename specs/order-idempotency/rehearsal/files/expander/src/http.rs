//! Requests and responses, and as much of HTTP/1.1 as a service behind a proxy needs: one request a connection, a body
//! by `Content-Length`.

use std::io::{self, BufRead, Read, Write};

use crate::json::Json;

/// Bytes of request line and headers that are read at most.
const MAX_HEAD: u64 = 16 * 1024;
/// Bytes of body that are read at most.
const MAX_BODY: usize = 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Request {
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self
    }

    pub fn method(&self) -> &str {
        &self.method
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first header of this name; names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads one request. An `InvalidData` error is the sender's fault and is worth a 400.
    pub fn read_from(reader: &mut impl BufRead) -> io::Result<Request> {
        let mut head = reader.take(MAX_HEAD);
        let line = read_line(&mut head)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(invalid("the request line is not HTTP/1.1"));
        };
        let mut request = Request::new(method, target);
        loop {
            let line = read_line(&mut head)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| invalid("a header has no colon"))?;
            request = request.with_header(name.trim(), value.trim());
        }
        if request.header("Transfer-Encoding").is_some() {
            return Err(invalid("Transfer-Encoding is not supported"));
        }
        let length = match request.header("Content-Length") {
            None => 0,
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| invalid("Content-Length is not a number"))?,
        };
        if length > MAX_BODY {
            return Err(invalid("the body is larger than one mebibyte"));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(request.with_body(body))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    pub fn json(status: u16, body: &Json) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
        .with_header("Content-Type", "application/json")
    }

    pub fn text(content_type: &str, body: &str) -> Response {
        Response {
            status: 200,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name; names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub fn write_to(&self, writer: &mut impl Write) -> io::Result<()> {
        write!(
            writer,
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason(self.status)
        )?;
        for (name, value) in &self.headers {
            write!(writer, "{name}: {value}\r\n")?;
        }
        write!(
            writer,
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        )?;
        writer.write_all(&self.body)?;
        writer.flush()
    }
}

fn first<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.trim_end_matches('\r').to_owned()),
        None => Err(invalid("the head of the request is too long or cut off")),
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        422 => "Unprocessable Content",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Request> {
        Request::read_from(&mut text.as_bytes())
    }

    #[test]
    fn a_request_is_read_with_its_headers_and_its_body() {
        let request =
            read("POST /orders?x=1 HTTP/1.1\r\nx-merchant: m1\r\nContent-Length: 2\r\n\r\n{}GET")
                .unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.path(), "/orders");
        assert_eq!(request.header("X-Merchant"), Some("m1"));
        assert_eq!(request.body(), b"{}");
    }

    #[test]
    fn a_request_that_is_cut_off_or_too_large_is_an_error() {
        assert!(read("GET / HTTP/1.1\r\nHost: x").is_err());
        assert!(read("POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n").is_err());
        assert!(read(&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(20_000))).is_err());
    }

    #[test]
    fn a_response_is_written_with_its_length() {
        let mut bytes = Vec::new();
        Response::json(201, &Json::Number(7))
            .write_to(&mut bytes)
            .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("HTTP/1.1 201 Created\r\n"), "{text}");
        assert!(
            text.ends_with("Content-Length: 1\r\nConnection: close\r\n\r\n7"),
            "{text}"
        );
    }
}
