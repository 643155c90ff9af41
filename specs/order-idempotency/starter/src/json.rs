//! JSON as this service needs it: whole numbers only (money is in minor units), no duplicate members, members in the
//! order of their names when written.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// Lists and objects inside one another, at most.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Json {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        let members = members.map(|(name, value)| (name.to_owned(), value));
        Json::Object(BTreeMap::from(members))
    }

    /// A member of an object; `None` for whatever is not an object.
    pub fn get(&self, member: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.get(member),
            _ => None,
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(value) => write!(f, "{value}"),
            Json::Text(text) => write_text(f, text),
            Json::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write_text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            control if control < ' ' => write!(f, "\\u{:04x}", control as u32)?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Bytes from the beginning.
    pub at: usize,
    pub problem: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON at byte {}: {}", self.at, self.problem)
    }
}

impl std::error::Error for ParseError {}

pub fn parse(bytes: &[u8]) -> Result<Json, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ParseError {
        at: error.valid_up_to(),
        problem: "not UTF-8",
    })?;
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("something follows the value"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, ParseError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, ParseError> {
        self.at += 1;
        let mut members = BTreeMap::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.error("a colon is missing"));
            }
            let value = self.value(depth + 1)?;
            if members.insert(name, value).is_some() {
                return Err(self.error("a member is named twice"));
            }
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or closing brace is missing"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, ParseError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or closing bracket is missing"));
            }
        }
    }

    fn string(&mut self) -> Result<String, ParseError> {
        if !self.take(b'"') {
            return Err(self.error("a text was expected"));
        }
        let mut text = String::new();
        loop {
            let Some(character) = self.text[self.at..].chars().next() else {
                return Err(self.error("a text does not end"));
            };
            self.at += character.len_utf8();
            match character {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                control if control < ' ' => return Err(self.error("a control character in a text")),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let kind = self.peek();
        self.at += 1;
        match kind {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'/') => Ok('/'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.unicode(),
            _ => {
                self.at -= 1;
                Err(self.error("an escape that JSON does not know"))
            }
        }
    }

    fn unicode(&mut self) -> Result<char, ParseError> {
        let first = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !(self.take(b'\\') && self.take(b'u')) {
                return Err(self.error("half of a surrogate pair"));
            }
            let second = self.hex()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("half of a surrogate pair"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
    }

    fn hex(&mut self) -> Result<u32, ParseError> {
        let digits = self.text.get(self.at..self.at + 4);
        let code = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("four hexadecimal digits were expected"))?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self) -> Result<Json, ParseError> {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .unwrap_or(rest.len());
        let digits = rest[..length].trim_start_matches('-');
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(self.error("a number with a leading zero"));
        }
        let number = rest[..length]
            .parse()
            .map_err(|_| self.error("not a whole number of 64 bits"))?;
        self.at += length;
        Ok(Json::Number(number))
    }

    fn word(&mut self) -> Result<Json, ParseError> {
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("a value was expected"))
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn error(&self, problem: &'static str) -> ParseError {
        ParseError {
            at: self.at,
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let json = Json::object([
            ("text", Json::text("a \"quoted\" line\nand ü 🦀")),
            (
                "list",
                Json::List(vec![Json::Null, Json::Bool(true), Json::Number(-12)]),
            ),
            ("empty", Json::object([])),
        ]);
        assert_eq!(parse(json.to_string().as_bytes()), Ok(json));
    }

    #[test]
    fn escapes_are_read() {
        let json = parse(br#" "\u00fc\ud83e\udd80\t" "#);
        assert_eq!(json, Ok(Json::text("ü🦀\t")));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (text, at) in [
            ("", 0),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("1.5", 0),
            ("-", 0),
            ("007", 0),
            ("{\"a\":1,\"a\":2}", 12),
            ("\"\\ud83e\"", 7),
            ("\"open", 5),
            ("nul", 0),
            ("{} {}", 3),
        ] {
            assert_eq!(
                parse(text.as_bytes()).map_err(|error| error.at),
                Err(at),
                "{text}"
            );
        }
        assert!(parse("[".repeat(10_000).as_bytes()).is_err());
    }
}
