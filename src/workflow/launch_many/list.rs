//! The list of candidates, as CSV: who is in it, and what is wrong with each line.
//!
//! A field never goes over several lines. So a quotation mark that is opened and not closed spoils its own line only, where
//! a reader of whole files would take all that follows for one field.

use std::collections::BTreeMap;

use crate::ids::Login;
use crate::plain_text::has_effect;
use crate::store::candidate_key;
use crate::workflow::WorkflowError;
use crate::workflow::launch::{checked_email, checked_name};

/// The largest list, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The longest list, in people.
pub const MOST_PEOPLE: usize = 10_000;
/// Characters of a note.
const LONGEST_NOTE: usize = 500;
/// A field of a line that cannot be read is shown no longer than this, in characters.
const SHOWN: usize = 80;

/// One person of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Counted from 1, the header included, as editors count.
    pub line: u32,
    pub name: String,
    pub email: String,
    /// Their GitHub account as the lead knows it; a hint only.
    pub login: Option<Login>,
    /// Offer it although this candidate had this spec before, or stands in the list twice.
    pub again: bool,
    pub note: Option<String>,
    /// What is wrong with the line, if anything.
    pub problems: Vec<LineProblem>,
}

/// Something wrong with one line, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Stable, part of the API.
    pub code: &'static str,
    pub column: Option<Column>,
    /// What, and the remedy.
    pub message: String,
}

impl std::fmt::Display for LineProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.column {
            Some(column) => write!(f, "column {}: {}", column.name(), self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The columns of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Name,
    Email,
    Login,
    Again,
    Note,
}

impl Column {
    const ALL: [Column; 5] = [
        Column::Name,
        Column::Email,
        Column::Login,
        Column::Again,
        Column::Note,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Column::Name => "name",
            Column::Email => "email",
            Column::Login => "github_login",
            Column::Again => "again",
            Column::Note => "note",
        }
    }
}

/// Reads a list: a header that names the columns in any order, then a person a line. Comma, semicolon or tab, as the header
/// has it; UTF-8 with or without a byte order mark; any line ends; empty lines are passed over.
///
/// # Errors
/// When the list as a whole cannot be read. What is wrong with a single line is in its [`Person::problems`].
pub fn read(bytes: &[u8]) -> Result<Vec<Person>, WorkflowError> {
    let text = text_of(bytes)?;
    let mut lines = (1_u32..)
        .zip(text.lines())
        .filter(|(_, line)| !is_empty(line));
    let Some((_, first)) = lines.next() else {
        return Err(WorkflowError::invalid(
            "list_empty",
            "the list is empty: its first line names the columns, `name,email` at least, then each line names one person",
        ));
    };
    let delimiter = delimiter_of(first);
    let columns = columns_of(first, delimiter)?;
    let mut people = Vec::new();
    for (number, line) in lines {
        if people.len() == MOST_PEOPLE {
            return Err(WorkflowError::invalid(
                "list_too_long",
                format!(
                    "line {number}: a list has at most {MOST_PEOPLE} people; split it and launch the parts one after another"
                ),
            ));
        }
        people.push(person(number, line, delimiter, &columns));
    }
    if people.is_empty() {
        return Err(WorkflowError::invalid(
            "list_empty",
            "the list names nobody: put each person on a line of their own below the header",
        ));
    }
    point_at_duplicates(&mut people);
    Ok(people)
}

fn text_of(bytes: &[u8]) -> Result<String, WorkflowError> {
    if bytes.len() > MOST_BYTES {
        return Err(WorkflowError::invalid(
            "list_too_large",
            format!(
                "the list has {} bytes, more than the {MOST_BYTES} that are read; split it and launch the parts one after another",
                bytes.len()
            ),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        WorkflowError::invalid(
            "list_not_text",
            format!("line {line} is not UTF-8: save the list as `CSV UTF-8`, not as a spreadsheet's own format"),
        )
    })?;
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Nothing but separators and space: spreadsheets write such lines below a table.
fn is_empty(line: &str) -> bool {
    line.chars()
        .all(|c| c.is_whitespace() || matches!(c, ',' | ';' | '"'))
}

/// Spreadsheets write a semicolon where the comma is the decimal sign.
fn delimiter_of(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

fn columns_of(header: &str, delimiter: u8) -> Result<Vec<Column>, WorkflowError> {
    let wrong = |message: String| {
        WorkflowError::invalid(
            "list_header_wrong",
            format!("the list's first line: {message}"),
        )
    };
    let known = Column::ALL.map(Column::name).join(", ");
    let mut columns = Vec::new();
    for name in fields(header, delimiter) {
        let column = Column::ALL
            .into_iter()
            .find(|column| column.name().eq_ignore_ascii_case(&name))
            .ok_or_else(|| {
                wrong(format!(
                    "`{}` is not a column of a list of candidates ({known}): rename it or take it out",
                    shown(&name)
                ))
            })?;
        if columns.contains(&column) {
            return Err(wrong(format!(
                "the column `{}` is there twice: take one out",
                column.name()
            )));
        }
        columns.push(column);
    }
    for needed in [Column::Name, Column::Email] {
        if !columns.contains(&needed) {
            return Err(wrong(format!(
                "the column `{}` is missing: the first line names the columns, `name` and `email` at least",
                needed.name()
            )));
        }
    }
    Ok(columns)
}

/// The fields of one line, without space around them.
fn fields(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len().clamp(16, 8192))
        .from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    // Reading from memory, of any number of fields, of text: nothing of what csv calls an error can happen.
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !has_effect(*c))
        .take(SHOWN)
        .collect()
}

fn person(number: u32, line: &str, delimiter: u8, columns: &[Column]) -> Person {
    let fields = fields(line, delimiter);
    let field = |wanted: Column| {
        let at = columns.iter().position(|column| *column == wanted)?;
        fields
            .get(at)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    let mut reading = Reading::default();
    if line.matches('"').count() % 2 == 1 {
        reading.problem("quote_unclosed", None, "a quotation mark is opened and not closed on this line: close it, write a quotation mark inside of a field twice, and keep each person on one line");
    } else if fields
        .iter()
        .skip(columns.len())
        .any(|extra| !extra.is_empty())
    {
        reading.problem(
            "fields_too_many",
            None,
            format!("{} fields, but the first line names {} columns: put a field that has the separator in it between quotation marks", fields.len(), columns.len()),
        );
    }
    if reading.problems.is_empty() {
        reading.name(field(Column::Name));
        reading.email(field(Column::Email));
        reading.login(field(Column::Login));
        reading.again(field(Column::Again));
        reading.note(field(Column::Note));
    }
    Person {
        line: number,
        name: shown_or(reading.name, field(Column::Name)),
        email: shown_or(reading.email, field(Column::Email)),
        login: reading.login,
        again: reading.again,
        note: reading.note,
        problems: reading.problems,
    }
}

/// What was read, or else enough of the raw field to find the line by.
fn shown_or(read: Option<String>, raw: Option<&str>) -> String {
    read.unwrap_or_else(|| shown(raw.unwrap_or_default()))
}

#[derive(Default)]
struct Reading {
    name: Option<String>,
    email: Option<String>,
    login: Option<Login>,
    again: bool,
    note: Option<String>,
    problems: Vec<LineProblem>,
}

impl Reading {
    fn problem(&mut self, code: &'static str, column: Option<Column>, message: impl Into<String>) {
        self.problems.push(LineProblem {
            code,
            column,
            message: message.into(),
        });
    }

    fn name(&mut self, field: Option<&str>) {
        match checked_name(field.unwrap_or_default()) {
            Ok(name) => self.name = Some(name),
            Err(error) => self.problem(error.code(), Some(Column::Name), error.to_string()),
        }
    }

    fn email(&mut self, field: Option<&str>) {
        let Some(field) = field else {
            return self.problem(
                "email_missing",
                Some(Column::Email),
                "there is no address: without one the same person cannot be told from another of that name; add it",
            );
        };
        match checked_email(field) {
            Ok(email) => self.email = Some(email),
            Err(error) => self.problem(
                error.code(),
                Some(Column::Email),
                format!("{error}: write it as in ada@example.com"),
            ),
        }
    }

    fn login(&mut self, field: Option<&str>) {
        let Some(field) = field else { return };
        match field.strip_prefix('@').unwrap_or(field).parse() {
            Ok(login) => self.login = Some(login),
            Err(_) => self.problem(
                "login_invalid",
                Some(Column::Login),
                format!("`{}` is not a GitHub login: write it as it stands in their profile's address, or leave it empty", shown(field)),
            ),
        }
    }

    fn again(&mut self, field: Option<&str>) {
        match field.map(str::to_lowercase).as_deref() {
            None | Some("no" | "false" | "0") => {}
            Some("yes" | "true" | "1") => self.again = true,
            Some(other) => self.problem(
                "again_unreadable",
                Some(Column::Again),
                format!(
                    "`{}` is neither `yes` nor `no`: say one of them, or leave it empty for `no`",
                    shown(other)
                ),
            ),
        }
    }

    fn note(&mut self, field: Option<&str>) {
        let Some(field) = field else { return };
        if field.chars().count() > LONGEST_NOTE || field.chars().any(has_effect) {
            return self.problem(
                "note_invalid",
                Some(Column::Note),
                format!("a note has at most {LONGEST_NOTE} characters in one line: shorten it"),
            );
        }
        self.note = Some(field.to_owned());
    }
}

/// The same person twice: the first stays, a later one is told, unless it says `again`.
fn point_at_duplicates(people: &mut [Person]) {
    let mut by_address: BTreeMap<String, u32> = BTreeMap::new();
    let mut by_login: BTreeMap<String, u32> = BTreeMap::new();
    for person in people.iter_mut().filter(|one| one.problems.is_empty()) {
        let address = candidate_key(&person.name, Some(&person.email));
        let login = person
            .login
            .as_ref()
            .map(|login| login.as_str().to_lowercase());
        let same_login = login.as_ref().and_then(|login| by_login.get(login));
        let earlier = match (by_address.get(&address), same_login) {
            (Some(line), _) => Some((Column::Email, "e-mail address", *line)),
            (None, Some(line)) => Some((Column::Login, "GitHub login", *line)),
            (None, None) => None,
        };
        match earlier {
            Some((column, what, line)) if !person.again => person.problems.push(LineProblem {
                code: "duplicate_in_list",
                column: Some(column),
                message: format!("the same {what} as in line {line}: take one of the two out, or say `yes` in the column `again` if two work samples are meant"),
            }),
            _ => {
                by_address.entry(address).or_insert(person.line);
                if let Some(login) = login {
                    by_login.entry(login).or_insert(person.line);
                }
            }
        }
    }
}
